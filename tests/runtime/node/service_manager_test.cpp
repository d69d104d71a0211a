#include "runtime/node/service_manager.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "tests/support/notify_socket.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Variables of the environment for as long as a test lasts.
struct environment {
  environment(const std::string& socket, const char* watchdog) {
    ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    if (watchdog != nullptr) ::setenv("WATCHDOG_USEC", watchdog, 1);
  }
  ~environment() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
};

struct manager_at {
  explicit manager_at(const std::string& socket, const char* watchdog = nullptr)
      : variables(socket, watchdog) {}

  environment variables;
  std::ostringstream said;
  node::service_manager manager{log::logger{{}, said}};

  [[nodiscard]] auto lines_said() const {
    const auto text = said.str();
    return std::count(text.begin(), text.end(), '\n');
  }
};

}  // namespace

TEST_CASE("each state of the node is told as sd_notify has it") {
  const test::temp_dir dir;
  test::notify_socket socket(dir.path() / "notify");
  const manager_at m(socket.address());
  m.manager.ready("serving 3 connections");
  CHECK(socket.next(0ms) == "READY=1\nSTATUS=serving 3 connections");
  m.manager.reloading();
  const auto reloading = socket.next(0ms).value();
  REQUIRE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="));
  const auto now = std::chrono::steady_clock::now().time_since_epoch() / 1us;
  const auto told = std::stoll(reloading.substr(reloading.rfind('=') + 1));
  CHECK(told <= now);
  CHECK(told > now - 60'000'000);
  m.manager.stopping("connections drain");
  CHECK(socket.next(0ms) == "STOPPING=1\nSTATUS=connections drain");
  m.manager.status("one left");
  CHECK(socket.next(0ms) == "STATUS=one left");
  m.manager.alive();
  CHECK(socket.next(0ms) == "WATCHDOG=1");
  m.manager.extend_timeout(30s);
  CHECK(socket.next(0ms) == "EXTEND_TIMEOUT_USEC=30000000");
  CHECK(m.lines_said() == 0);
}

TEST_CASE("a socket of the abstract namespace is told as one with a path is") {
  const test::temp_dir dir;
  auto socket = test::notify_socket::abstract(dir.path().string());
  REQUIRE(socket.address().front() == '@');
  const manager_at m(socket.address());
  m.manager.alive();
  CHECK(socket.next(0ms) == "WATCHDOG=1");
}

TEST_CASE("a line break in a status adds no assignment") {
  const test::temp_dir dir;
  test::notify_socket socket(dir.path() / "notify");
  const manager_at m(socket.address());
  m.manager.status("first\nMAINPID=1");
  CHECK(socket.next(0ms) == "STATUS=first");
}

TEST_CASE("without a service manager nothing is told and nothing is said") {
  const manager_at m("", "1000000");
  CHECK_FALSE(m.manager.present());
  CHECK_FALSE(m.manager.watchdog());
  m.manager.ready("");
  CHECK(m.lines_said() == 0);
}

TEST_CASE("a service manager that cannot be told is one warning until it is back") {
  for (const std::string bad : {"no/path", "/no/such/socket", "@", "/dev/null"}) {
    CAPTURE(bad);
    const manager_at m(bad);
    m.manager.ready("");
    m.manager.alive();
    CHECK(m.lines_said() == 1);
    CHECK(m.said.str().find("NOTIFY_SOCKET=" + bad + ": ") != std::string::npos);
  }
  const test::temp_dir dir;
  const auto path = dir.path() / "notify";
  const manager_at m(path.string());
  m.manager.alive();
  {
    const test::notify_socket back(path);
    m.manager.alive();
  }
  CHECK(m.lines_said() == 1);
  m.manager.alive();
  CHECK(m.lines_said() == 2);
}

TEST_CASE("the watchdog's time is taken from the environment, and a bad one is logged") {
  CHECK(manager_at("@somebody", "60000000").manager.watchdog() == 60s);
  CHECK_FALSE(manager_at("@somebody").manager.watchdog());
  const manager_at bad("@somebody", "soon");
  CHECK_FALSE(bad.manager.watchdog());
  CHECK(bad.said.str().find("WATCHDOG_USEC") != std::string::npos);
}
