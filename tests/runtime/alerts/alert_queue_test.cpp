#include "runtime/alerts/alert_queue.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "tests/support/alert_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using alerts::alert_queue;

namespace {

const alert_reply delivered{alert_reply::outcome::delivered, {}};
const alert_reply refused{alert_reply::outcome::refused, "HTTP 404 Not Found"};
const alert_reply server_failed{alert_reply::outcome::failed, "HTTP 500"};

struct queue_fixture {
  std::ostringstream lines;
  alerts::effort worth;
  alert_queue queue{"https://a.example/", worth, log::logger({}, lines)};
  alert_queue::time_point now{1h};

  void add(const run_id& run) {
    queue.add(test::alert_about(test::ended_run(run_state::failed, {}, run)), now);
  }
  /// The run of the alert to try now; empty if there is none.
  std::string next() {
    const auto what = queue.next(now);
    return what ? what->run->run : "";
  }
  void settle(const alert_reply& reply) { queue.settle(reply, now, 1.0); }
  /// Fails until that much time has passed.
  void fail_for(std::chrono::milliseconds time) {
    for (const auto end = now + time; now < end;) {
      now = std::max(now, *queue.due());
      if (next().empty()) return;
      settle(server_failed);
    }
  }
  /// How many lines hold `text`.
  std::size_t logged(const std::string& text) const {
    std::size_t count = 0;
    std::istringstream in(lines.str());
    for (std::string line; std::getline(in, line);)
      if (line.find(text) != std::string::npos) ++count;
    return count;
  }
};

}  // namespace

TEST_CASE_FIXTURE(queue_fixture, "alerts go in the order they came, one at a time") {
  CHECK(next().empty());
  CHECK_FALSE(queue.due());
  add("1");
  add("2");
  CHECK(next() == "1");
  CHECK(next().empty());
  CHECK_FALSE(queue.due());
  settle(delivered);
  CHECK(next() == "2");
  settle(delivered);
  CHECK(next().empty());
  CHECK(queue.idle());
  CHECK(lines.str().empty());
}

TEST_CASE_FIXTURE(queue_fixture,
                  "a failed attempt is repeated after waits that double up to a cap") {
  add("1");
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 11; ++i) {
    REQUIRE(next() == "1");
    settle(server_failed);
    const auto wait = *queue.due() - now;
    waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(wait));
    now += wait - 1ms;
    CHECK(next().empty());
    now += 1ms;
  }
  CHECK(waits == std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s,
                                                        300s, 300s});
}

TEST_CASE_FIXTURE(queue_fixture, "a wait that the endpoint asks for is kept, up to an hour") {
  add("1");
  next();
  settle({alert_reply::outcome::failed, "HTTP 429", 90s});
  CHECK(*queue.due() - now == 90s);
  now += 90s;
  CHECK(next() == "1");
  settle({alert_reply::outcome::failed, "HTTP 503", std::chrono::hours(24)});
  CHECK(*queue.due() - now == 1h);
  now += 1h;
  CHECK(next() == "1");
  settle({alert_reply::outcome::failed, "HTTP 503", 0s});
  CHECK(*queue.due() - now == 4s);
}

TEST_CASE_FIXTURE(queue_fixture,
                  "a refused alert is given up with an error, and the next one goes at once") {
  add("1");
  add("2");
  next();
  settle(refused);
  CHECK(logged("error") == 1);
  CHECK(logged("404") == 1);
  CHECK(next() == "2");
  CHECK(queue.dropped() == 1);
  settle(delivered);
  CHECK(queue.dropped() == 0);
}

TEST_CASE_FIXTURE(
    queue_fixture,
    "an outage of a day is logged when it begins, now and then, and when it is over") {
  add("1");
  fail_for(24h);
  CHECK(logged("do not get through") == 1);
  CHECK(logged("have not got through for 6h") == 1);
  CHECK(logged("have not got through") == 4);
  CHECK(logged("warning") == 5);
  now = *queue.due();
  CHECK(next() == "1");
  settle(delivered);
  CHECK(logged("get through again after 1d; 0 were dropped") == 1);
  CHECK(queue.idle());
}

TEST_CASE_FIXTURE(queue_fixture, "an alert is given up when it has been tried for three days") {
  add("1");
  next();
  settle(server_failed);
  now += 71h;
  add("2");
  fail_for(1h);
  now = std::max(now, *queue.due());
  CHECK(next() == "2");
  CHECK(queue.dropped() == 1);
  CHECK(logged("have been tried for 3d") == 1);
}

TEST_CASE_FIXTURE(queue_fixture,
                  "when too many wait the oldest go, which is logged once and told afterwards") {
  add("0");
  CHECK(next() == "0");
  for (int i = 1; i <= 1'005; ++i) add(run_id(std::to_string(i)));
  CHECK(queue.size() == 1'000);
  CHECK(queue.dropped() == 6);
  CHECK(logged("too many wait") == 1);
  // The one under way is not among them, and could not tell of them.
  settle(delivered);
  CHECK(queue.dropped() == 6);
  CHECK(next() == "7");
  add("1006");
  add("1007");
  CHECK(queue.dropped() == 7);
  settle(delivered);
  CHECK(queue.dropped() == 1);
  CHECK(next() == "9");
}

TEST_CASE_FIXTURE(queue_fixture, "the alert that is being sent does not go when too many wait") {
  add("1");
  add("2");
  CHECK(next() == "1");
  queue.drop_oldest();
  settle(delivered);
  CHECK(queue.size() == 0);
  add("3");
  CHECK(next() == "3");
  CHECK(queue.dropped() == 1);
  queue.drop_oldest();  // nothing else is there
  CHECK(queue.size() == 1);
}

TEST_CASE_FIXTURE(queue_fixture, "in a hurry everything is tried once, without waits") {
  add("1");
  add("2");
  next();
  settle(server_failed);
  CHECK(next().empty());
  queue.hurry();
  CHECK(next() == "1");
  settle(delivered);
  CHECK(next() == "2");
  settle(server_failed);
  CHECK(next().empty());
  CHECK_FALSE(queue.due());
  CHECK(queue.size() == 1);
}
