// What ends a process, tried on processes of their own.
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <sstream>

#include "runtime/node/end_guard.hpp"
#include "runtime/node/signals.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// How a child ends that runs `work`: as waitpid(2) tells it.
int end_of(const std::function<void()>& work) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    work();
    ::_exit(99);  // it came back
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
int ending_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

void wait_for_ever() {
  for (;;) ::pause();
}

}  // namespace

TEST_CASE("a process whose end takes too long ends all the same, with its code") {
  const auto status = end_of([] {
    std::ostringstream lines;
    node::end_guard guard(log::logger({}, lines));
    guard.end_within(1h, 5, "what comes later");
    guard.end_within(20ms, 3, "a driver");
    guard.end_within(1h, 4, "what comes later");
    wait_for_ever();
  });
  CHECK(exit_code(status) == 3);
}

TEST_CASE("a process that ends in time is not ended by its guard") {
  const auto status = end_of([] {
    std::ostringstream lines;
    {
      node::end_guard guard(log::logger({}, lines));
      guard.end_within(1h, 3, "a driver");
    }
    ::_exit(7);
  });
  CHECK(exit_code(status) == 7);
}

TEST_CASE("a signal ends a process that has not come to handle it") {
  for (const int number : {SIGTERM, SIGINT}) {
    const auto status = end_of([number] {
      node::signals ending;
      ::kill(::getpid(), number);
      wait_for_ever();
    });
    CHECK(ending_signal(status) == number);
  }
}

TEST_CASE("signals are counted once they are watched, and mean nothing afterwards") {
  const auto status = end_of([] {
    node::signals ending;
    unsigned seen = 0;
    bool reloaded = false;
    std::mutex mutex;
    std::condition_variable changed;
    ending.watch({.end =
                      [&](unsigned count) {
                        const std::lock_guard lock(mutex);
                        seen = count;
                        changed.notify_all();
                      },
                  .reload =
                      [&] {
                        const std::lock_guard lock(mutex);
                        reloaded = true;
                        changed.notify_all();
                      }});
    std::unique_lock lock(mutex);
    ::kill(::getpid(), SIGHUP);
    changed.wait(lock, [&] { return reloaded; });
    ::kill(::getpid(), SIGTERM);
    changed.wait(lock, [&] { return seen == 1; });
    lock.unlock();
    ending.unwatch();
    ::kill(::getpid(), SIGTERM);
    ::_exit(7);
  });
  CHECK(exit_code(status) == 7);
}
