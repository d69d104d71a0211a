#include "runtime/node/connection_check.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace sluice;
using node::check_all;
using node::check_progress;
using node::connection_check;
using node::most_checks_at_a_time;

namespace {

/// So many connections, named 0, 1, ...
struct connections {
  explicit connections(std::size_t n) : all(n) {
    for (std::size_t i = 0; i < n; ++i) {
      all[i].name = connection_name(std::to_string(i));
      pointers.push_back(&all[i]);
    }
  }
  std::vector<config::connection_config> all;
  std::vector<const config::connection_config*> pointers;
};

connection_check result_of(const config::connection_config& c) {
  connection_check result;
  result.connection = c.name;
  return result;
}

}  // namespace

TEST_CASE("connections are tested ten at a time and reported in their order") {
  const connections some{25};
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
  std::size_t most = 0;
  std::size_t begun = 0;
  const auto test = [&](const config::connection_config& c) {
    std::unique_lock held(mutex);
    most = std::max(most, ++under_way);
    ++begun;
    changed.notify_all();
    // The first ten end only when all ten are there: one after another they would wait for ever.
    changed.wait(held, [&] { return begun >= most_checks_at_a_time; });
    --under_way;
    return result_of(c);
  };
  std::vector<std::string> reported;
  std::size_t done = 0;
  check_all(
      some.pointers, test, [&](const connection_check& c) { reported.push_back(c.connection); },
      [&](const check_progress& now) {
        CHECK(now.all == 25);
        CHECK(now.under_way.size() <= most_checks_at_a_time);
        CHECK(now.done >= done);
        done = now.done;
      });
  CHECK(most == most_checks_at_a_time);
  REQUIRE(reported.size() == 25);
  for (std::size_t i = 0; i < reported.size(); ++i) CHECK(reported[i] == std::to_string(i));
  CHECK(done == 25);
}

TEST_CASE("what is known is reported while a later one has not answered") {
  const connections some{2};
  std::atomic_flag first_reported;
  const auto test = [&](const config::connection_config& c) {
    if (c.name == "1") first_reported.wait(false);
    return result_of(c);
  };
  std::vector<std::string> waited_for;
  check_all(
      some.pointers, test,
      [&](const connection_check& c) {
        if (c.connection != "0") return;
        first_reported.test_and_set();
        first_reported.notify_all();
      },
      [&](const check_progress& now) { waited_for = now.under_way; });
  CHECK(waited_for.empty());
}

TEST_CASE("without connections nothing is tested") {
  check_all(
      {}, result_of, [](const connection_check&) { FAIL("reported"); },
      [](const check_progress&) {});
}
