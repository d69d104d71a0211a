#include "runtime/destinations/http/concurrency_limit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <random>
#include <vector>

using sluice::destinations::concurrency_limit;
using namespace std::chrono_literals;

namespace {

using clock_type = concurrency_limit::clock;
using std::chrono::microseconds;

/// What a model of an API does with a request that arrives while it works on `others`.
struct reply {
  bool refused = false;
  microseconds after{0};
};

/// An API, and a client that always has another request. Requests arrive at once; no clock runs.
class simulation {
 public:
  using api = std::function<reply(std::uint32_t others, clock_type::time_point now)>;

  simulation(concurrency_limit& limit, api model) : limit_(limit), model_(std::move(model)) {}

  struct totals {
    std::uint64_t passed = 0;
    std::uint64_t refused = 0;
    std::uint32_t highest = 0;
    [[nodiscard]] double per_second(clock_type::duration time) const {
      return static_cast<double>(passed) / std::chrono::duration<double>(time).count();
    }
  };
  /// Goes on for so long.
  totals run(clock_type::duration time) {
    totals out;
    const auto end = now_ + time;
    for (;;) {
      while (limit_.has_room()) send();
      out.highest = std::max(out.highest, limit_.under_way());
      const auto next = under_way_.top();
      if (next.at >= end) break;
      under_way_.pop();
      now_ = next.at;
      if (next.refused) {
        ++out.refused;
        limit_.refused(next.number, now_);
      } else {
        ++out.passed;
        --working_;
        limit_.answered(next.number, std::chrono::duration_cast<microseconds>(now_ - next.sent),
                        now_);
      }
    }
    now_ = end;
    return out;
  }

  void use(api model) { model_ = std::move(model); }

 private:
  struct request {
    clock_type::time_point at;
    clock_type::time_point sent;
    std::uint64_t number = 0;
    bool refused = false;
    bool operator<(const request& other) const { return at > other.at; }
  };

  void send() {
    const auto number = limit_.begin();
    const auto made = model_(working_, now_);
    if (!made.refused) ++working_;
    under_way_.push({now_ + made.after, now_, number, made.refused});
  }

  concurrency_limit& limit_;
  api model_;
  clock_type::time_point now_{};
  std::uint32_t working_ = 0;
  std::priority_queue<request> under_way_;
};

/// Answers after `latency`, more or less, and refuses to take more than `most` at once.
simulation::api refusing(std::uint32_t most, microseconds latency, double spread = 0.1) {
  return [=, random = std::mt19937(7)](std::uint32_t others, clock_type::time_point) mutable {
    if (others >= most) return reply{true, 1ms};
    std::normal_distribution<double> around(1, spread);
    const auto factor = std::clamp(around(random), 0.5, 4.0);
    return reply{
        false,
        microseconds(static_cast<std::int64_t>(static_cast<double>(latency.count()) * factor))};
  };
}

/// Works on `most` requests at a time; the others wait in a queue.
simulation::api queueing(std::uint32_t most, microseconds latency) {
  std::vector<clock_type::time_point> free_at(most);
  return [=](std::uint32_t, clock_type::time_point now) mutable {
    auto& first = *std::ranges::min_element(free_at);
    first = std::max(first, now) + latency;
    return reply{false, std::chrono::duration_cast<microseconds>(first - now)};
  };
}

}  // namespace

TEST_CASE("an API that takes as many as it is sent gets the most within a second or two") {
  for (const auto latency : {1ms, 20ms, 100ms, 300ms}) {
    CAPTURE(latency.count());
    concurrency_limit limit;
    simulation s(limit, refusing(1000, latency));
    s.run(12 * latency);
    CHECK(limit.allowed() == concurrency_limit::most);
    const auto done = s.run(60s);
    const auto possible = concurrency_limit::most / std::chrono::duration<double>(latency).count();
    CHECK(done.per_second(60s) > 0.95 * possible);
    CHECK(limit.bounded_by() == concurrency_limit::bound::number);
  }
}

TEST_CASE("an API that refuses more than so many gets nearly so many, and few in vain") {
  for (const std::uint32_t most : {1u, 3u, 8u, 50u, 150u}) {
    CAPTURE(most);
    concurrency_limit limit;
    simulation s(limit, refusing(most, 100ms));
    s.run(5s);
    const auto done = s.run(120s);
    CHECK(done.per_second(120s) > 0.9 * most * 10);
    CHECK(done.refused < done.passed / 50);
  }
}

TEST_CASE("an API that takes fewer from now on is not asked in vain for long") {
  concurrency_limit limit;
  simulation s(limit, refusing(150, 100ms));
  s.run(20s);
  s.use(refusing(10, 100ms));
  s.run(5s);
  CHECK(limit.allowed() <= 10);
  const auto done = s.run(60s);
  CHECK(done.per_second(60s) > 0.85 * 100);
}

TEST_CASE("an API that takes more from now on gets more within seconds, though it refused some") {
  concurrency_limit limit;
  simulation s(limit, refusing(8, 100ms));
  s.run(10s);
  CHECK(limit.allowed() <= 8);
  s.use(refusing(1000, 100ms));
  s.run(30s);
  CHECK(limit.allowed() > 50);
}

TEST_CASE("requests that an API lets wait in a queue are not piled up there") {
  for (const std::uint32_t most : {4u, 16u}) {
    CAPTURE(most);
    concurrency_limit limit;
    simulation s(limit, queueing(most, 100ms));
    s.run(10s);
    const auto done = s.run(60s);
    CHECK(done.highest <= 2 * most + 2);
    CHECK(done.per_second(60s) > 0.9 * most * 10);
  }
}

TEST_CASE("an API that gets slower whatever it is sent is not punished for that") {
  concurrency_limit limit;
  simulation s(limit, refusing(1000, 50ms));
  s.run(5s);
  s.use(refusing(1000, 200ms));
  s.run(15s);
  const auto done = s.run(30s);
  CHECK(done.per_second(30s) > 0.8 * concurrency_limit::most * 5);
}

TEST_CASE("round trips that vary much are no sign of anything") {
  concurrency_limit limit;
  simulation s(limit, refusing(1000, 100ms, 0.5));
  s.run(5s);
  const auto done = s.run(60s);
  CHECK(done.per_second(60s) > 0.85 * concurrency_limit::most * 10);
}

TEST_CASE("an API that fails gets fewer at once, and a single failure changes nothing") {
  concurrency_limit limit(100);
  std::vector<std::uint64_t> numbers;
  while (limit.has_room()) numbers.push_back(limit.begin());
  limit.failed(numbers[0]);
  CHECK(limit.allowed() == 100);
  for (std::size_t i = 1; i < numbers.size(); ++i) limit.failed(numbers[i]);
  CHECK(limit.allowed() == 50);  // one outage, whatever number of requests it met
  CHECK(limit.under_way() == 0);
}

TEST_CASE("a fixed number is kept, whatever the round trips are, but not against refusals") {
  concurrency_limit limit(64);
  CHECK(limit.allowed() == 64);
  simulation slow(limit, queueing(4, 100ms));
  slow.run(10s);
  CHECK(limit.allowed() == 64);
  concurrency_limit other(64);
  simulation refused(other, refusing(8, 100ms));
  refused.run(5s);
  CHECK(other.allowed() <= 8);
  const auto done = refused.run(60s);
  CHECK(done.highest <= 9);
  CHECK(done.per_second(60s) > 0.9 * 80);
}

TEST_CASE("what a client does not use does not grow") {
  concurrency_limit limit;
  for (int i = 0; i < 100; ++i) {
    const auto number = limit.begin();
    limit.answered(number, 10ms, clock_type::time_point{} + i * 10ms);
  }
  CHECK(limit.allowed() <= 3);
}
