#include "runtime/http/request_pool.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <future>
#include <set>

#include "tests/support/http_listener.hpp"
#include "tests/support/paced_api.hpp"

using namespace sluice;
using http::request_pool;
using test::paced_api;
using namespace std::chrono_literals;

namespace {

using clock_type = request_pool::clock;

std::shared_ptr<const http::http_request> get(const std::string& url) {
  auto out = std::make_shared<http::http_request>();
  out->method = "POST";
  out->url = url;
  out->body = "{}";
  out->has_body = true;
  return out;
}

/// Waits for the ends of so many requests.
std::vector<request_pool::ended> wait_for(request_pool& pool, std::size_t count) {
  std::vector<request_pool::ended> out;
  const auto end = clock_type::now() + 30s;
  while (out.size() < count && clock_type::now() < end)
    for (auto& each : pool.wait(end)) out.push_back(std::move(each));
  return out;
}

}  // namespace

TEST_CASE("requests are under way together, and their connections are used again") {
  paced_api api({.latency = 50ms});
  request_pool pool{config::http_config{}};
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 50; ++i) pool.begin(round * 50 + i, get(api.url("/")));
    CHECK(pool.under_way() == 50);
    std::set<std::uint64_t> numbers;
    for (const auto& each : wait_for(pool, 50)) {
      CHECK(each.answer.status == 200);
      CHECK(each.answer.round_trip >= 50ms);
      numbers.insert(each.number);
    }
    CHECK(numbers.size() == 50);
    CHECK(*numbers.begin() == round * 50);
    CHECK(pool.under_way() == 0);
  }
  CHECK(api.served().most_at_once == 50);
  CHECK(api.served().connections == 50);
}

TEST_CASE("a wait ends at its time, and when it is woken, also before it begins") {
  request_pool pool{config::http_config{}};
  const auto begin = clock_type::now();
  CHECK(pool.wait(begin + 20ms).empty());
  CHECK(clock_type::now() >= begin + 20ms);
  pool.wake();
  CHECK(pool.wait(clock_type::now() + 1h).empty());
  auto waker = std::async(std::launch::async, [&] { pool.wake(); });
  CHECK(pool.wait(clock_type::now() + 1h).empty());
}

TEST_CASE("a server that dies ends all requests that are under way, with an outcome unknown") {
  paced_api api({.latency = 1h});
  request_pool pool{config::http_config{}};
  for (std::uint64_t i = 0; i < 20; ++i) pool.begin(i, get(api.url("/")));
  while (!api.wait_for(20, 0ms)) CHECK(pool.wait(clock_type::now() + 5ms).empty());
  api.die();
  const auto ended = wait_for(pool, 20);
  CHECK(ended.size() == 20);
  for (const auto& each : ended) CHECK(each.answer.failed == http::http_answer::failure::unknown);
}

TEST_CASE("requests that are not on their way can be cancelled, the others not") {
  paced_api api({.latency = 200ms});
  // It accepts connections, and never answers a handshake.
  const auto silent = test::bind_to_port(0);
  REQUIRE(::listen(silent.get(), 8) == 0);
  request_pool pool{config::http_config{}};
  pool.begin(1, get(api.url("/")));
  pool.begin(2, get("https://127.0.0.1:" + std::to_string(test::port_of(silent)) + "/"));
  while (!api.wait_for(1, 0ms)) CHECK(pool.wait(clock_type::now() + 5ms).empty());
  const auto cancelled = pool.cancel_unsent();
  REQUIRE(cancelled.size() == 1);
  CHECK(cancelled[0].number == 2);
  CHECK(cancelled[0].answer.failed == http::http_answer::failure::cancelled);
  CHECK(pool.under_way() == 1);
  const auto ended = wait_for(pool, 1);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].answer.status == 200);
}

TEST_CASE("what is broken off tells nothing more") {
  paced_api api({.latency = 1h});
  request_pool pool{config::http_config{}};
  for (std::uint64_t i = 0; i < 5; ++i) pool.begin(i, get(api.url("/")));
  CHECK(pool.wait(clock_type::now() + 5ms).empty());
  pool.break_off();
  CHECK(pool.under_way() == 0);
  CHECK(pool.wait(clock_type::now() + 5ms).empty());
}
