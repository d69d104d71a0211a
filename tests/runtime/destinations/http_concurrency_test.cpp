// Many requests of a writer at the same time, and what an API and a limit make of that.
#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "runtime/destinations/http_destination.hpp"
#include "tests/runtime/destinations/http_fixture.hpp"
#include "tests/support/paced_api.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

/// Persons, a request each, for an API that throws them away.
config::http_config config_for(const paced_api& api,
                               std::chrono::milliseconds give_up_after = 20s) {
  static const http_server nobody;
  auto config = people_config(nobody, give_up_after);
  for (auto& request : config.requests) request.url = api.url("/people");
  config.requests[0].batch_rows = 1;
  return config;
}

std::shared_ptr<traffic> traffic_of(const config::http_config& config) {
  return std::make_shared<traffic>(config, log::logger({log::level::error}),
                                   std::make_shared<metrics::activity>());
}

std::unique_ptr<destination> open_sharing(const config::http_config& config,
                                          const std::shared_ptr<traffic>& shared,
                                          std::stop_token stop = {}) {
  auto way = make_http_destination(config, shared);
  way->open(person_context(), std::move(stop));
  return way;
}

}  // namespace

TEST_CASE("it is told how many requests are under way, and what keeps them from being more") {
  const http_server nobody;
  const auto times = std::make_shared<metrics::activity>();
  const auto begin = [&](const config::http_config& config) {
    return std::make_unique<traffic::lane>(
        std::make_shared<traffic>(config, log::logger({log::level::error}), times), [] {});
  };
  http::http_answer good;
  good.status = 200;
  CHECK_FALSE(times->flow());

  auto config = people_config(nobody);
  config.limits.concurrency = 2;
  auto lane = begin(config);
  const auto first = lane->ask(1, {});
  REQUIRE(first.granted);
  lane->succeeded(*first.granted, good, true);
  CHECK(times->flow() == request_flow{0, 2, request_bound::rows});
  const auto second = lane->ask(1, {});
  const auto third = lane->ask(1, {});
  CHECK_FALSE(lane->ask(1, {}).granted);
  CHECK(times->flow() == request_flow{2, 2, request_bound::concurrency});
  lane->succeeded(*second.granted, good, true);
  lane->succeeded(*third.granted, good, true);
  CHECK(times->flow() == request_flow{0, 2, request_bound::rows});

  config.limits.rates = {{1, 5s}};
  lane.reset();
  lane = begin(config);
  const auto only = lane->ask(1, {});
  lane->succeeded(*only.granted, good, true);
  CHECK_FALSE(lane->ask(1, {}).granted);
  CHECK(times->flow() == request_flow{0, 2, request_bound::rate_limit});
  lane->rest();  // there are no more rows: the next run is not held up by it either
  CHECK(times->flow() == request_flow{0, 2, request_bound::rows});
}

TEST_CASE("requests go out together, more and more of them, without being told a number") {
  paced_api api({.latency = 50ms});
  const auto config = config_for(api);
  const auto way = open_sharing(config, traffic_of(config));
  CHECK(count(way->deliver(persons(600)), fate::delivered) == 600);
  const auto served = api.served();
  CHECK(served.requests == 600);
  CHECK(served.most_at_once > 30);
  CHECK(served.connections <= concurrency_limit::most);
}

TEST_CASE("an API that takes eight at once gets no more of them, and every row") {
  paced_api api({.latency = 20ms, .at_once = 8});
  const auto config = config_for(api);
  const auto shared = traffic_of(config);
  const auto deliver = [&](int first) {
    const auto outcome = open_sharing(config, shared)->deliver(persons(400, first));
    CHECK(outcome.rejections.empty());
    CHECK_FALSE(outcome.failed);
    CHECK(count(outcome, fate::delivered) == 400);
  };
  auto other = std::async(std::launch::async, deliver, 1000);
  deliver(1);
  other.get();
  const auto served = api.served();
  CHECK(served.answered == 800);
  CHECK(served.refused < 80);
  // On a busy machine nine are seldom under way at the same time; which number is found out when
  // they are is told in concurrency_limit_test.
  CHECK(shared->limits().allowed < 2 * 8);
}

TEST_CASE("a number that is configured holds for all writers of the connection together") {
  paced_api api({.latency = 20ms});
  auto config = config_for(api);
  config.limits.concurrency = 7;
  const auto shared = traffic_of(config);
  std::vector<std::future<std::size_t>> writers;
  for (int w = 0; w < 3; ++w)
    writers.push_back(std::async(std::launch::async, [&, w] {
      return count(open_sharing(config, shared)->deliver(persons(60, 100 * w)), fate::delivered);
    }));
  for (auto& each : writers) CHECK(each.get() == 60);
  CHECK(api.served().most_at_once == 7);
}

TEST_CASE("a writer that a defect ends leaves its places to the others") {
  people_api api;
  auto config = people_config(api.server);
  config.requests[0].batch_rows = 1;
  config.limits.concurrency = 8;
  // The defect: a patience that no line of the log can name.
  config.retry = {0ms, 0ms, -1ms};
  const auto shared = traffic_of(config);
  const auto broken = open_sharing(config, shared);
  std::atomic<bool> fails{true};
  api.server.handle([&](const http_request&) { return http_reply{.status = fails ? 500 : 200}; });
  CHECK_THROWS(broken->deliver(persons(20)));
  fails = false;
  auto other = std::async(std::launch::async, [&] {
    return count(open_sharing(config, shared)->deliver(persons(8)), fate::delivered);
  });
  REQUIRE(other.wait_for(10s) == std::future_status::ready);
  CHECK(other.get() == 8);
}

TEST_CASE("a server that dies leaves what was under way in doubt, and nothing else") {
  paced_api api({.latency = 0ms});
  auto config = config_for(api, 300ms);
  config.limits.concurrency = 100;
  const auto way = open_sharing(config, traffic_of(config));
  CHECK(count(way->deliver(persons(1)), fate::delivered) == 1);
  api.set({.latency = 1h});
  const auto rows = persons(400, 1000);
  auto delivery = std::async(std::launch::async, [&] { return way->deliver(rows); });
  REQUIRE(api.wait_for(100, 20s));
  api.die();
  const auto outcome = delivery.get();
  CHECK(outcome.failed.code == errc::destination_failed);
  CHECK(count(outcome, fate::unknown) == 100);
  CHECK(count(outcome, fate::undelivered) == 300);
  CHECK(std::ranges::all_of(outcome.rejections, &rejection::unproven));
}

TEST_CASE("a stop waits for all requests that are under way, and sends no other") {
  paced_api api({.latency = 0ms});
  auto config = config_for(api);
  config.limits.concurrency = 100;
  std::stop_source stop;
  const auto way = open_sharing(config, traffic_of(config), stop.get_token());
  CHECK(count(way->deliver(persons(1)), fate::delivered) == 1);
  api.set({.latency = 1s});
  const auto rows = persons(400, 1000);
  auto delivery = std::async(std::launch::async, [&] { return way->deliver(rows); });
  REQUIRE(api.wait_for(100, 20s));
  stop.request_stop();
  const auto outcome = delivery.get();
  CHECK_FALSE(outcome.failed);
  CHECK(count(outcome, fate::delivered) == 100);
  CHECK(count(outcome, fate::undelivered) == 300);
  CHECK(api.served().requests == 101);
}

TEST_CASE("a stop ends the wait for a place among the requests under way") {
  paced_api api({.latency = 1s});
  auto config = config_for(api);
  config.limits.concurrency = 1;
  const auto shared = traffic_of(config);
  auto first = std::async(std::launch::async, [&] {
    return count(open_sharing(config, shared)->deliver(persons(1)), fate::delivered);
  });
  REQUIRE(api.wait_for(1, 20s));
  std::stop_source stop;
  const auto way = open_sharing(config, shared, stop.get_token());
  const auto rows = persons(5, 10);
  auto second = std::async(std::launch::async, [&] { return way->deliver(rows); });
  stop.request_stop();
  CHECK(count(second.get(), fate::undelivered) == 5);
  CHECK(first.get() == 1);
  CHECK(api.served().requests == 1);
}

TEST_CASE("a pause that one of many answers asks for holds for all requests") {
  people_api api;
  std::mutex mutex;
  std::vector<clock_type::time_point> arrivals;
  std::optional<clock_type::time_point> asked;
  api.server.handle([&](const http_request&) {
    const std::lock_guard lock(mutex);
    arrivals.push_back(clock_type::now());
    http_reply out{.delay = 20ms};
    if (arrivals.size() == 100) {
      asked = clock_type::now();
      out = {.status = 429, .headers = {{"Retry-After", "1"}}};
    }
    return out;
  });
  auto config = people_config(api.server, 20s);
  config.requests[0].batch_rows = 1;
  config.limits.concurrency = 20;
  const auto outcome = open_sharing(config, traffic_of(config))->deliver(persons(300));
  CHECK(count(outcome, fate::delivered) == 300);
  CHECK(outcome.rejections.empty());
  // Those that were under way may still come; after them nothing for a second.
  const auto during =
      std::ranges::count_if(arrivals, [&](auto at) { return at > *asked && at < *asked + 900ms; });
  CHECK(during <= 20);
  CHECK(arrivals.back() > *asked + 1s);
}

TEST_CASE("no window of the receiver's clock sees more requests than the limit, at any delay") {
  people_api api;
  auto config = people_config(api.server, 20s);
  config.requests[0].batch_rows = 1;
  config.limits.rates = {{5, 200ms}, {12, 700ms}};
  std::mutex mutex;
  std::vector<clock_type::time_point> arrivals;
  std::mt19937 random(3);
  api.server.handle([&](const http_request&) {
    const std::lock_guard lock(mutex);
    arrivals.push_back(clock_type::now());
    return http_reply{.delay = std::chrono::milliseconds(random() % 150)};
  });
  const auto shared = traffic_of(config);
  std::vector<std::future<std::size_t>> writers;
  for (int w = 0; w < 2; ++w)
    writers.push_back(std::async(std::launch::async, [&, w] {
      return count(open_sharing(config, shared)->deliver(persons(20, 100 * w)), fate::delivered);
    }));
  for (auto& each : writers) CHECK(each.get() == 20);
  REQUIRE(arrivals.size() == 40);
  std::ranges::sort(arrivals);
  for (std::size_t i = 5; i < arrivals.size(); ++i) CHECK(arrivals[i] - arrivals[i - 5] >= 200ms);
  for (std::size_t i = 12; i < arrivals.size(); ++i) CHECK(arrivals[i] - arrivals[i - 12] >= 700ms);
}

TEST_CASE("rows are limited by their number, whatever number of requests they take") {
  people_api api;
  auto config = people_config(api.server, 20s);
  config.requests[0].batch_rows = 10;
  config.limits.rates = {{30, 200ms, config::rate_limit::unit::rows}};
  const auto begin = clock_type::now();
  CHECK(count(open_sharing(config, traffic_of(config))->deliver(persons(100)), fate::delivered) ==
        100);
  CHECK(clock_type::now() - begin >= 600ms);
}

TEST_CASE("what an API says is left is not exceeded, and is there again when it says so") {
  people_api api;
  std::mutex mutex;
  std::vector<clock_type::time_point> arrivals;
  clock_type::time_point window{};
  int used = 0, refused = 0;
  api.server.handle([&](const http_request&) {
    const std::lock_guard lock(mutex);
    const auto now = clock_type::now();
    if (now - window >= 1s) {
      window = now;
      used = 0;
    }
    const int left = 10 - ++used;
    refused += left < 0 ? 1 : 0;
    const std::chrono::duration<double> reset = window + 1s - now;
    return http_reply{.status = left < 0 ? 429 : 200,
                      .headers = {{"RateLimit-Remaining", std::to_string(std::max(left, 0))},
                                  {"RateLimit-Reset", std::to_string(reset.count())}}};
  });
  auto config = people_config(api.server, 20s);
  config.requests[0].batch_rows = 1;
  const auto outcome = open_sharing(config, traffic_of(config))->deliver(persons(25));
  CHECK(count(outcome, fate::delivered) == 25);
  CHECK(refused == 0);
}

TEST_CASE("a limit that leaves nothing for long fails the run, and says until when") {
  people_api api;
  auto config = people_config(api.server);
  config.requests[0].batch_rows = 1;
  config.limits.rates = {{3, 24h}};
  const auto outcome = open_sharing(config, traffic_of(config))->deliver(persons(5));
  CHECK(count(outcome, fate::delivered) == 3);
  CHECK(count(outcome, fate::undelivered) == 2);
  CHECK(outcome.failed.cause.find("the limits of the API leave nothing for now") !=
        std::string::npos);
  REQUIRE(outcome.ask_again_at);
  CHECK(*outcome.ask_again_at > std::chrono::system_clock::now() + 23h);
}
