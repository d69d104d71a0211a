#include "runtime/os/pause.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("a pause ends with its time") {
  const auto began = std::chrono::steady_clock::now();
  CHECK(os::sleep_unless_stopped(5ms, {}));
  CHECK(std::chrono::steady_clock::now() - began >= 5ms);
}

TEST_CASE("a pause ends once a stop is requested, before it or during it") {
  std::stop_source stop;
  std::thread sleeper([&] { CHECK_FALSE(os::sleep_unless_stopped(24h, stop.get_token())); });
  stop.request_stop();
  sleeper.join();
  CHECK_FALSE(os::sleep_unless_stopped(24h, stop.get_token()));
}
