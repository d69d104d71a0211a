#include <doctest/doctest.h>

#include <optional>

#include "runtime/web/pending_exchange.hpp"
#include "tests/runtime/web/attended_server.hpp"
#include "tests/support/http_visitor.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::attended_server;
using test::awaited_end;
using test::http_visitor;
using web::parting;

namespace {

/// A visitor and the stream that it has asked for.
struct listening_visitor {
  explicit listening_visitor(attended_server& s, const std::string& line = "GET /events HTTP/1.1")
      : visitor(std::in_place, s.port()) {
    REQUIRE(visitor->say(line + "\r\n\r\n"));
    stream = s.next();
    stream->open_stream({200, {{"Content-Type", "text/event-stream"}}, ""});
  }
  std::optional<http_visitor> visitor;
  std::shared_ptr<web::exchange> stream;
};

}  // namespace

TEST_CASE("what is written to a stream arrives as it is written, in chunks") {
  attended_server s;
  listening_visitor one(s);
  const auto head = one.visitor->read_until("\r\n\r\n");
  CHECK(head.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(one.stream->write("first"));
  CHECK(one.visitor->read_until("\r\nfirst\r\n") == "5\r\nfirst\r\n");
  CHECK(one.stream->write("second"));
  CHECK(one.visitor->read_until("\r\nsecond\r\n") == "6\r\nsecond\r\n");
  awaited_end end(*one.stream);
  one.stream->close_stream();
  CHECK(one.visitor->read_until("\r\n\r\n") == "0\r\n\r\n");
  CHECK(one.visitor->is_hung_up_on());
  CHECK(end.get() == parting::answered);
  CHECK_FALSE(one.stream->write("third"));
}

TEST_CASE("a stream for HTTP/1.0 ends with its connection") {
  attended_server s;
  listening_visitor one(s, "GET / HTTP/1.0");
  CHECK(one.stream->write("all "));
  CHECK(one.stream->write("of it"));
  one.stream->close_stream();
  const auto page = one.visitor->read_page();
  CHECK(page.body == "all of it");
  CHECK(page.headers.find("chunked") == std::string::npos);
}

TEST_CASE("a stream that nobody holds any more is closed") {
  attended_server s;
  listening_visitor one(s);
  CHECK(one.stream->write("x"));
  one.stream.reset();
  CHECK(one.visitor->read_page().body == "1\r\nx\r\n0\r\n\r\n");
}

TEST_CASE("a stream that was asked for with HEAD is over at its head") {
  attended_server s;
  listening_visitor one(s, "HEAD / HTTP/1.1");
  CHECK(awaited_end(*one.stream).get() == parting::answered);
  CHECK(one.visitor->read_page().body.empty());
  CHECK_FALSE(one.stream->write("x"));
}

TEST_CASE("a stream holds a bounded number of bytes, and more cut it off") {
  const auto queue = std::make_shared<web::exchange_queue>(1000);
  const auto pending = std::make_shared<web::pending_exchange>(queue, web::request{}, 1);
  const auto e = pending->hand_out();
  CHECK_FALSE(e->write("before its head"));
  e->open_stream({});
  CHECK(e->write(std::string(600, 'x')));
  CHECK(e->write(std::string(400, 'x')));
  CHECK(pending->take().bytes.size() == 1000);
  pending->holds(500);
  CHECK(e->write(std::string(500, 'x')));
  CHECK_FALSE(pending->take().is_cut);
  CHECK_FALSE(e->write("x"));
  CHECK(pending->take().is_cut);
  CHECK_FALSE(e->write(""));
  queue->close();  // as a server does
}

TEST_CASE("a client that does not read its stream is cut off, and keeps nobody waiting") {
  attended_server s;
  listening_visitor greedy(s);
  listening_visitor other(s);
  awaited_end end(*greedy.stream);
  const std::string text(16'000, 'x');
  std::size_t written = 0;
  while (greedy.stream->write(text)) {
    written += text.size();
    // What the kernel takes for a client that does not read is a few megabytes.
    REQUIRE(written < std::size_t{64} << 20);
    // The server has had its turn.
    http_visitor quick(s.port());
    REQUIRE(quick.say("GET /quick HTTP/1.1\r\n\r\n"));
    REQUIRE(quick.read_response().body == "quick");
  }
  CHECK(end.get() == parting::lost);
  CHECK(other.stream->write("x"));
  CHECK(other.visitor->read_until("\r\nx\r\n").ends_with("1\r\nx\r\n"));
}

TEST_CASE("a client that takes nothing of its stream for too long is cut off") {
  auto limits = test::patient_limits();
  limits.stream = std::size_t{64} << 20;
  limits.each.taking = 20ms;
  attended_server s(limits);
  listening_visitor idle(s);
  CHECK(idle.visitor->is_answered());
  listening_visitor stalled(s);
  CHECK(stalled.stream->write(std::string(std::size_t{32} << 20, 'x')));
  CHECK(awaited_end(*stalled.stream).get() == parting::lost);
  // A stream that has nothing to say may go on.
  CHECK(idle.stream->write("still here"));
  CHECK(idle.visitor->read_until("still here").ends_with("still here"));
}

TEST_CASE("a stream whose client hangs up is over") {
  attended_server s;
  listening_visitor one(s);
  REQUIRE(one.visitor->is_answered());
  awaited_end end(*one.stream);
  one.visitor.reset();
  CHECK(end.get() == parting::lost);
  CHECK_FALSE(one.stream->write("x"));
}

TEST_CASE("a stream that outlives its server takes nothing more") {
  attended_server s;
  listening_visitor one(s);
  REQUIRE(one.visitor->is_answered());
  s.end();
  CHECK_FALSE(one.stream->write("x"));
}
