#include "runtime/web/listener.hpp"

#include <doctest/doctest.h>

#include <future>
#include <list>

#include "messages/error.hpp"
#include "tests/support/http_visitor.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::http_visitor;

namespace {

const std::string request = "GET /good HTTP/1.1\r\nHost: x\r\n\r\n";

web::listener_limits patient() {
  web::listener_limits limits;
  limits.asking = limits.taking = 1h;
  return limits;
}

/// Serves /good, /big (megabytes that do not compress into a socket's buffer) and /slow, which
/// waits until the test lets go.
struct server {
  explicit server(web::listener_limits limits = patient())
      : listener(
            web::listening_port("127.0.0.1", 0),
            {{"/good",
              [] {
                return web::answer{200, "text/plain", "good\n"};
              }},
             {"/big",
              [] {
                return web::answer{200, "text/plain", std::string(big, 'x')};
              }},
             {"/slow",
              [this] {
                begun.set_value();
                go.get_future().wait();
                return web::answer{200, "text/plain", "slow\n"};
              }}},
            [](const std::string&) {}, limits) {}

  static constexpr std::size_t big = 32 * 1024 * 1024;
  std::promise<void> begun;
  std::promise<void> go;
  web::listener listener;
  [[nodiscard]] std::uint16_t port() const { return listener.port(); }
};

std::list<http_visitor> crowd(const server& s, int size, const std::string& saying = "") {
  std::list<http_visitor> visitors;
  for (int i = 0; i < size; ++i) REQUIRE(visitors.emplace_back(s.port()).say(saying));
  return visitors;
}

}  // namespace

TEST_CASE("a page is served") {
  const server s;
  const auto page = test::get(s.port(), "/good");
  CHECK(page.status == 200);
  CHECK(page.body == "good\n");
}

TEST_CASE("a request may come byte by byte") {
  const server s;
  http_visitor slow(s.port());
  for (const char c : request) {
    REQUIRE(slow.say(std::string(1, c)));
    CHECK(test::get(s.port(), "/good").status == 200);
  }
  CHECK(slow.read_page().body == "good\n");
}

TEST_CASE("a page that is larger than any buffer arrives whole") {
  const server s;
  CHECK(test::get(s.port(), "/big").body == std::string(server::big, 'x'));
}

TEST_CASE("clients that say nothing, or half a request, keep nobody waiting") {
  const server s;
  const auto silent = crowd(s, 200);
  const auto half = crowd(s, 200, "GET /good HTTP/1.1\r\nHost: ");
  for (int i = 0; i < 10; ++i) CHECK(test::get(s.port(), "/good").status == 200);
}

TEST_CASE("clients that do not take their response keep nobody waiting") {
  const server s;
  const auto greedy = crowd(s, 20, "GET /big HTTP/1.1\r\n\r\n");
  CHECK(test::get(s.port(), "/good").status == 200);
}

TEST_CASE("for one client too many one of those that are silent has to go") {
  auto limits = patient();
  limits.connections = 3;
  const server s(limits);
  auto silent = crowd(s, 3);
  CHECK(test::get(s.port(), "/good").status == 200);
  // The others are still welcome.
  std::size_t served = 0;
  for (auto& one : silent)
    if (one.say(request) && one.read_page().body == "good\n") ++served;
  CHECK(served == 2);
}

TEST_CASE("a client that takes too long to ask is hung up on") {
  auto limits = patient();
  limits.asking = 1ms;
  const server s(limits);
  CHECK(http_visitor(s.port()).is_hung_up_on());
  http_visitor half(s.port());
  half.say("GET /");
  CHECK(half.is_hung_up_on());
}

TEST_CASE("a client that takes too long to take its response is hung up on") {
  auto limits = patient();
  limits.taking = 1ms;
  const server s(limits);
  http_visitor slow(s.port());
  REQUIRE(slow.say("GET /big HTTP/1.1\r\n\r\n"));
  CHECK(slow.read_page().body.size() < server::big);
}

TEST_CASE("a request with endless headers is refused") {
  const server s;
  http_visitor endless(s.port());
  endless.say("GET /good HTTP/1.1\r\nX: " + std::string(20 * 1024, 'x'));
  CHECK(endless.read_page().status == 431);
  http_visitor ended(s.port());
  ended.say("GET /good HTTP/1.1\r\nX: " + std::string(20 * 1024, 'x') + "\r\n\r\n");
  CHECK(ended.read_page().status == 431);
}

TEST_CASE("responses that nobody takes do not fill the memory") {
  auto limits = patient();
  limits.unsent = server::big + 1;
  const server s(limits);
  http_visitor first(s.port());
  REQUIRE(first.say("GET /big HTTP/1.1\r\n\r\n"));
  REQUIRE(first.is_answered());
  CHECK(test::get(s.port(), "/big").status == 503);
  CHECK(test::get(s.port(), "/good").status == 200);
  CHECK(first.read_page().body.size() == server::big);
  CHECK(test::get(s.port(), "/big").status == 200);
}

TEST_CASE("a page that takes its time keeps nobody waiting") {
  server s;
  http_visitor slow(s.port());
  REQUIRE(slow.say("GET /slow HTTP/1.1\r\n\r\n"));
  s.begun.get_future().wait();
  CHECK(test::get(s.port(), "/good").status == 200);
  s.go.set_value();
  CHECK(slow.read_page().body == "slow\n");
}

TEST_CASE("a client that went away while it was answered does no harm") {
  server s;
  {
    http_visitor gone(s.port());
    REQUIRE(gone.say("GET /slow HTTP/1.1\r\n\r\n"));
    s.begun.get_future().wait();
  }
  s.go.set_value();
  CHECK(test::get(s.port(), "/good").status == 200);
}

TEST_CASE("clients are hung up on when the listener goes") {
  std::list<http_visitor> silent;
  {
    const server s;
    silent = crowd(s, 3);
    CHECK(test::get(s.port(), "/good").status == 200);
  }
  for (auto& v : silent) CHECK(v.is_hung_up_on());
}
