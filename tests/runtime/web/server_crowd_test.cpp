#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <list>

#include "tests/runtime/web/attended_server.hpp"
#include "tests/support/http_visitor.hpp"

using namespace sluice;
using test::attended_server;
using test::http_visitor;

namespace {

/// As many of `wanted` sockets as this process may open beside a server with its clients.
std::size_t sockets(std::size_t wanted) {
  constexpr rlim_t others = 1000;
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = std::min(files.rlim_max, static_cast<rlim_t>(wanted + others));
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  return std::min<std::size_t>(wanted, files.rlim_cur - others);
}

bool is_served(const attended_server& s) {
  http_visitor visitor(s.port());
  return visitor.say("GET /quick HTTP/1.1\r\n\r\n") && visitor.read_response().body == "quick";
}

}  // namespace

TEST_CASE("ten thousand idle clients keep nobody waiting") {
  attended_server s;
  std::list<http_visitor> idle;
  const auto crowd = sockets(10'000);
  for (std::size_t i = 1; i <= crowd; ++i) {
    idle.emplace_back(s.port());
    if (i % 500 == 0) CHECK(is_served(s));
  }
}

TEST_CASE("a crowd thins itself out, and spares clients that wait for an answer") {
  auto limits = test::patient_limits();
  limits.connections = 10;
  attended_server s(limits);
  http_visitor waiting(s.port());
  REQUIRE(waiting.say("GET /slow HTTP/1.1\r\n\r\n"));
  const auto e = s.next();
  http_visitor listening(s.port());
  REQUIRE(listening.say("GET /events HTTP/1.1\r\n\r\n"));
  const auto stream = s.next();
  stream->open_stream({});
  REQUIRE(listening.is_answered());
  std::list<http_visitor> idle;
  for (int i = 0; i < 100; ++i) {
    idle.emplace_back(s.port());
    idle.back().say("GET /half");
  }
  CHECK(is_served(s));
  e->respond({200, {}, "waited"});
  CHECK(waiting.read_response().body == "waited");
  CHECK(stream->write("still here"));
  CHECK(listening.read_until("still here").ends_with("still here"));
}

TEST_CASE("a client for whom there is no room is hung up on") {
  auto limits = test::patient_limits();
  limits.connections = 2;
  attended_server s(limits);
  http_visitor first(s.port());
  http_visitor second(s.port());
  REQUIRE(first.say("GET /1 HTTP/1.1\r\n\r\n"));
  const auto one = s.next();
  REQUIRE(second.say("GET /2 HTTP/1.1\r\n\r\n"));
  const auto other = s.next();
  CHECK(http_visitor(s.port()).is_hung_up_on());
  one->respond({});
  CHECK(first.read_response().status == 200);
  CHECK(is_served(s));
}
