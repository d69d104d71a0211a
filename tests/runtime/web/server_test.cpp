#include "runtime/web/server.hpp"

#include <doctest/doctest.h>

#include <list>
#include <optional>
#include <thread>

#include "tests/runtime/web/attended_server.hpp"
#include "tests/support/http_visitor.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::attended_server;
using test::awaited_end;
using test::http_visitor;
using web::parting;

namespace {

const std::string quick = "GET /quick HTTP/1.1\r\n\r\n";

/// More than the kernel takes for a client that does not read.
constexpr std::size_t big = std::size_t{30} << 20;

/// Whether others are served.
void check_others(const attended_server& s) {
  http_visitor other(s.port());
  REQUIRE(other.say(quick));
  CHECK(other.read_response().body == "quick");
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("whoever answers is told all that a request says") {
  attended_server s;
  http_visitor visitor(s.port());
  REQUIRE(
      visitor.say("POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\n"
                  "Content-Length: 5\r\n\r\nhello"));
  const auto e = s.next();
  const auto& asked = e->asked();
  CHECK(asked.method == "POST");
  CHECK(asked.target == "/a%20b?x=1");
  CHECK(asked.path == "/a b");
  CHECK(asked.query.find("x")->second == "1");
  CHECK(asked.header("authorization") == "Bearer t");
  CHECK(asked.body == "hello");
  CHECK(asked.peer == "127.0.0.1");
  CHECK_FALSE(asked.encrypted);
  awaited_end end(*e);
  e->respond({201, {{"Location", "/x"}}, "made"});
  const auto page = visitor.read_response();
  CHECK(page.status == 201);
  CHECK(has(page.headers, "\r\nLocation: /x\r\n"));
  CHECK(page.body == "made");
  CHECK(end.get() == parting::answered);
}

TEST_CASE("a connection serves one request after the other") {
  attended_server s;
  http_visitor visitor(s.port());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(visitor.say("GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n"));
    const auto e = s.next();
    std::thread([&] { e->respond({200, {}, e->asked().path}); }).join();
    const auto page = visitor.read_response();
    CHECK(page.body == "/" + std::to_string(i));
    CHECK_FALSE(has(page.headers, "Connection:"));
  }
}

TEST_CASE("requests that are sent at once are answered in their order") {
  attended_server s;
  http_visitor visitor(s.port());
  std::string all;
  for (int i = 0; i < 20; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
  REQUIRE(visitor.say(all));
  for (int i = 0; i < 20; ++i) {
    const auto e = s.next();
    CHECK(e->asked().path == "/" + std::to_string(i));
    check_others(s);
    CHECK_FALSE(s.has_next());
    e->respond({200, {}, e->asked().path});
    CHECK(visitor.read_response().body == "/" + std::to_string(i));
  }
}

TEST_CASE("a connection ends after its response if the client wants that, or speaks HTTP/1.0") {
  attended_server s;
  for (const auto* text :
       {"GET /quick HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /quick HTTP/1.0\r\n\r\n",
        "GET /quick HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}) {
    CAPTURE(text);
    http_visitor visitor(s.port());
    REQUIRE(visitor.say(text));
    const auto page = visitor.read_page();
    CHECK(page.body == "quick");
    CHECK(has(page.headers, "\r\nConnection: close\r\n"));
  }
}

TEST_CASE("a body may come in chunks, and byte by byte") {
  attended_server s;
  http_visitor visitor(s.port());
  for (const char c : std::string("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    REQUIRE(visitor.say({&c, 1}));
  CHECK(s.next()->asked().body == "abcde");
}

TEST_CASE("a client that waits with its body is told to go ahead, or refused before it sends it") {
  attended_server s;
  const auto head = [](const std::string& length) {
    return "POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " + length + "\r\n\r\n";
  };
  http_visitor visitor(s.port());
  REQUIRE(visitor.say(head("2")));
  CHECK(visitor.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(visitor.say("ab"));
  const auto e = s.next();
  CHECK(e->asked().body == "ab");
  e->respond({});
  CHECK(visitor.read_response().status == 200);
  http_visitor large(s.port());
  REQUIRE(large.say(head("70000")));
  CHECK(large.read_page().status == 413);
}

TEST_CASE("a body of a gigabyte is refused at once, and its bytes are kept by nobody") {
  attended_server s;
  http_visitor patient(s.port());
  REQUIRE(patient.say("POST /v2/x HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n"));
  const auto page = patient.read_page();
  CHECK(page.status == 413);
  CHECK(has(page.headers, "\r\nContent-Type: application/json\r\n"));
  CHECK(page.body == "{/v2/x|the body of a request may have 65536 bytes}");
  // A client that sends first and listens then gets its answer, too.
  http_visitor eager(s.port());
  REQUIRE(eager.say("POST /v2/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string megabyte = "100000\r\n" + std::string(1 << 20, 'x') + "\r\n";
  for (int i = 0; i < 20; ++i) REQUIRE(eager.say(megabyte));
  eager.finish();
  CHECK(eager.read_page().status == 413);
  CHECK_FALSE(s.has_next());
}

TEST_CASE("what is refused ends the connection, and nothing behind it is taken for a request") {
  attended_server s;
  for (const auto* text :
       {"GET /x HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "GET /x HTTP/1.1\r\nX: y\r\n folded\r\n\r\n", "GET /x HTTP/1.1\n\n",
        "GET /x HTTP/1.1\r\nX: \x01\r\n\r\n"}) {
    CAPTURE(text);
    http_visitor visitor(s.port());
    visitor.say(text + std::string("GET /smuggled HTTP/1.1\r\n\r\n"));
    const auto page = visitor.read_page();
    CHECK(page.status == 400);
    CHECK(has(page.headers, "\r\nConnection: close\r\n"));
    CHECK(page.body.starts_with("{/x|"));
    CHECK_FALSE(has(page.body, "HTTP/1.1"));
  }
  CHECK_FALSE(s.has_next());
}

TEST_CASE("a head that is too large, or an encoding that is not understood, is refused as such") {
  attended_server s;
  http_visitor endless(s.port());
  endless.say("GET /x HTTP/1.1\r\nX: " + std::string(20'000, 'x'));
  const auto page = endless.read_page();
  CHECK(page.status == 431);
  CHECK(page.body.starts_with("{/x|"));
  http_visitor zipped(s.port());
  REQUIRE(zipped.say("GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"));
  CHECK(zipped.read_page().status == 501);
}

TEST_CASE("HEAD is answered without the body, whose length is told") {
  attended_server s;
  http_visitor visitor(s.port());
  REQUIRE(visitor.say("HEAD /quick HTTP/1.1\r\n\r\n" + quick));
  CHECK(has(visitor.read_until("\r\n\r\n"), "\r\nContent-Length: 5\r\n"));
  CHECK(visitor.read_response().body == "quick");
}

TEST_CASE("a response that may have no body has none") {
  attended_server s;
  http_visitor visitor(s.port());
  for (const int status : {204, 304}) {
    REQUIRE(visitor.say("GET / HTTP/1.1\r\n\r\n" + quick));
    s.next()->respond({status, {}, "not sent"});
    const auto page = visitor.read_response();
    CHECK(page.status == status);
    CHECK_FALSE(has(page.headers, "Content-Length"));
    CHECK(visitor.read_response().body == "quick");
  }
}

TEST_CASE("a request that nobody answers is answered with 500") {
  attended_server s;
  http_visitor dropped(s.port());
  REQUIRE(dropped.say("GET /x HTTP/1.1\r\n\r\n"));
  s.next().reset();
  CHECK(dropped.read_response().body == "{/x|this failed}");
  http_visitor thrown(s.port());
  REQUIRE(thrown.say("GET /broken HTTP/1.1\r\n\r\n"));
  const auto page = thrown.read_response();
  CHECK(page.status == 500);
  CHECK_FALSE(has(page.body, "canary"));
  http_visitor split(s.port());
  REQUIRE(split.say("GET /x HTTP/1.1\r\n\r\n"));
  const auto e = s.next();
  awaited_end end(*e);
  e->respond({200, {{"Location", "/\r\nSet-Cookie: x=y"}}, "x"});
  CHECK(split.read_response().status == 500);
  CHECK(end.get() == parting::lost);
}

TEST_CASE("the first answer counts") {
  attended_server s;
  http_visitor visitor(s.port());
  REQUIRE(visitor.say("GET / HTTP/1.1\r\n\r\n" + quick));
  const auto e = s.next();
  e->respond({200, {}, "first"});
  e->respond({200, {}, "second"});
  e->open_stream({});
  CHECK_FALSE(e->write("third"));
  CHECK(visitor.read_response().body == "first");
  CHECK(visitor.read_response().body == "quick");
}

TEST_CASE("a client that hangs up is noticed while it is not answered") {
  attended_server s;
  for (const std::string& pipelined : {std::string(), quick, std::string(100'000, 'x')}) {
    CAPTURE(pipelined.size());
    std::optional<http_visitor> visitor(std::in_place, s.port());
    REQUIRE(visitor->say("GET /preview HTTP/1.1\r\n\r\n" + pipelined));
    const auto e = s.next();
    awaited_end end(*e);
    check_others(s);
    visitor.reset();
    CHECK(end.get() == parting::lost);
    e->respond({});
  }
  check_others(s);
}

TEST_CASE("a response to a client that is gone is lost") {
  attended_server s;
  std::optional<http_visitor> visitor(std::in_place, s.port());
  REQUIRE(visitor->say("GET / HTTP/1.1\r\n\r\n"));
  const auto e = s.next();
  visitor.reset();
  e->respond({});
  CHECK(awaited_end(*e).get() == parting::lost);
}

TEST_CASE("whoever asks after the end how an exchange ended is told at once") {
  attended_server s;
  http_visitor visitor(s.port());
  REQUIRE(visitor.say("GET / HTTP/1.1\r\n\r\n" + quick));
  const auto e = s.next();
  e->respond({});
  CHECK(visitor.read_response().status == 200);
  CHECK(visitor.read_response().body == "quick");
  std::optional<parting> how;
  e->on_end([&](parting p) { how = p; });
  CHECK(how == parting::answered);
}

TEST_CASE("a client that only has nothing more to say gets its response") {
  attended_server s;
  http_visitor visitor(s.port());
  REQUIRE(visitor.say("GET / HTTP/1.1\r\n\r\n"));
  visitor.finish();
  const auto e = s.next();
  CHECK(awaited_end(*e).get() == parting::lost);
  e->respond({200, {}, "good"});
  CHECK(visitor.read_page().body == "good");
}

TEST_CASE("an exchange may outlive its server") {
  attended_server s;
  http_visitor first(s.port());
  http_visitor second(s.port());
  REQUIRE(first.say("GET /1 HTTP/1.1\r\n\r\n"));
  const auto waiting = s.next();
  REQUIRE(second.say("GET /2 HTTP/1.1\r\n\r\n"));
  const auto streaming = s.next();
  streaming->open_stream({});
  awaited_end end(*waiting);
  s.end();
  CHECK(end.get() == parting::lost);
  CHECK(awaited_end(*streaming).get() == parting::lost);
  waiting->respond({});
  CHECK_FALSE(streaming->write("x"));
  streaming->close_stream();
  CHECK(waiting->asked().path == "/1");
  CHECK(first.is_hung_up_on());
}

TEST_CASE("a client that sends too slowly is hung up on, and bytes gain it no time") {
  auto limits = test::patient_limits();
  limits.each.asking = 100ms;
  attended_server s(limits);
  CHECK(http_visitor(s.port()).is_hung_up_on());
  for (const auto* begin : {"GET /", "POST / HTTP/1.1\r\nContent-Length: 60000\r\n\r\n",
                            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1"}) {
    CAPTURE(begin);
    http_visitor half(s.port());
    half.say(begin);
    CHECK(half.is_hung_up_on());
  }
  http_visitor drip(s.port());
  drip.say("POST / HTTP/1.1\r\nContent-Length: 60000\r\n\r\n");
  const attended_server clock;  // a round with it takes its time
  while (drip.say("x")) check_others(clock);
  CHECK_FALSE(s.has_next());
}

TEST_CASE("a connection without a next request is closed after a while") {
  auto limits = test::patient_limits();
  limits.each.idle = 20ms;
  attended_server s(limits);
  http_visitor visitor(s.port());
  REQUIRE(visitor.say(quick));
  CHECK(visitor.read_response().body == "quick");
  CHECK(visitor.is_hung_up_on());
}

TEST_CASE("a client that takes its response too slowly loses it") {
  auto limits = test::patient_limits();
  limits.each.taking = 20ms;
  attended_server s(limits);
  http_visitor visitor(s.port());
  REQUIRE(visitor.say("GET / HTTP/1.1\r\n\r\n"));
  const auto e = s.next();
  e->respond({200, {}, std::string(big, 'x')});
  CHECK(awaited_end(*e).get() == parting::lost);
  check_others(s);
}

TEST_CASE("a response for which there is no room is replaced, and counts as lost") {
  auto limits = test::patient_limits();
  limits.unsent = big + 1;
  attended_server s(limits);
  http_visitor first(s.port());
  http_visitor second(s.port());
  for (auto* const visitor : {&first, &second}) {
    REQUIRE(visitor->say("GET /x HTTP/1.1\r\n\r\n"));
    const auto e = s.next();
    awaited_end end(*e);
    e->respond({200, {}, std::string(big, 'x')});
    if (visitor == &second) CHECK(end.get() == parting::lost);
    REQUIRE(visitor->is_answered());
  }
  const auto refused = second.read_response();
  CHECK(refused.status == 503);
  CHECK(refused.body.starts_with("{/x|"));
  CHECK(first.read_response().body.size() == big);
  check_others(s);
}
