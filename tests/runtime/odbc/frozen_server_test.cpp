// Servers that answer nothing any more: they are stopped with SIGSTOP, so nothing else may run
// beside these tests.
#include <doctest/doctest.h>

#include <signal.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/interruption.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::odbc;
using namespace sluice::test;
using steady = std::chrono::steady_clock;

namespace {

/// Freezes a process while it lives.
class frozen {
 public:
  explicit frozen(const std::string& pid) : pid_(static_cast<pid_t>(std::stol(pid))) {
    REQUIRE(::kill(pid_, SIGSTOP) == 0);
    // The signal reaches one thread after the other: one that still runs could answer.
    while (!all_threads_stopped()) std::this_thread::yield();
  }
  ~frozen() { ::kill(pid_, SIGCONT); }
  frozen(const frozen&) = delete;
  frozen& operator=(const frozen&) = delete;

 private:
  [[nodiscard]] bool all_threads_stopped() const {
    for (const auto& thread :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
      std::ifstream file(thread.path() / "stat");
      const std::string stat{std::istreambuf_iterator<char>(file), {}};
      // "pid (name) state ...": the name may hold anything, so look behind its last parenthesis.
      const auto name_end = stat.rfind(')');
      if (name_end == std::string::npos || stat.compare(name_end, 3, ") T") != 0) return false;
    }
    return true;
  }

  pid_t pid_;
};

/// PostgreSQL serves every session by a process of its own, MariaDB all by one.
std::string process_of(connection& c) {
  return c.kind() == product::postgresql ? *c.query("SELECT pg_backend_pid()")[0][0]
                                         : required_environment("SLUICE_TEST_MARIADB_PID");
}

}  // namespace

TEST_CASE("a session whose server is frozen is cut and lost") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    for (const auto use : {purpose::read, purpose::write}) {
      CAPTURE(to_string(kind));
      const database_fixture database(kind);
      std::stop_source stop;
      auto connection = database.connect(use, stop.get_token());
      connection.begin();
      const auto pid = process_of(connection);
      steady::time_point stopped;
      {
        const frozen server(pid);
        std::jthread stopper([&] {
          stopped = steady::now();
          stop.request_stop();
        });
        try {
          connection.query("SELECT 1");
          FAIL("answered");
        } catch (const odbc_error& e) {
          CHECK(e.info().kind == error_class::interrupted);
        }
        CHECK(steady::now() - stopped < 3 * interruption::grace);
        connection.rollback();
      }
      CHECK(connection.lost());
    }
  }
}

TEST_CASE("a reader halts before its frozen server can be asked to, and the query is ended then") {
  const database_fixture database(product::postgresql);
  auto observer = database.connect();
  std::stop_source stop;
  auto connection = database.connect(purpose::read, stop.get_token());
  connection.begin_snapshot();
  const auto pid = process_of(connection);
  const auto busy = [&] {
    return observer.query(
               "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid = " + pid +
               " AND query LIKE '%pg_sleep%'")[0][0] == "1";
  };
  std::optional<frozen> server;
  steady::time_point stopped;
  std::jthread stopper([&] {
    while (!busy()) {
    }
    server.emplace(pid);
    stopped = steady::now();
    stop.request_stop();
  });
  CHECK_THROWS_AS(connection.query("SELECT pg_sleep(600)"), odbc_error);
  stopper.join();
  CHECK(steady::now() - stopped < interruption::grace);
  server.reset();  // it wakes
  while (busy()) {
  }
}

TEST_CASE("rolling back on a frozen server is bounded once a stop was requested") {
  const database_fixture database(product::postgresql);
  std::stop_source stop;
  auto connection = database.connect(purpose::read, stop.get_token());
  connection.begin_snapshot();
  const auto pid = process_of(connection);
  stop.request_stop();
  CHECK_THROWS_AS(connection.execute("SELECT 1"), odbc_error);
  const frozen server(pid);
  const auto begun = steady::now();
  connection.rollback();
  CHECK(steady::now() - begun < 3 * interruption::grace);
  CHECK(connection.lost());
}

TEST_CASE("a server that is silent for longer than answer_timeout is lost, though nobody stops") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const std::stop_source stop;
    connection connection({.connection_string = database.connection_string(),
                           .use = purpose::read,
                           .answer_timeout = std::chrono::seconds{1}},
                          stop.get_token());
    // Each call of these is shorter, all of them together are not.
    for (int i = 0; i < 4; ++i)
      connection.query(kind == product::postgresql ? "SELECT pg_sleep(0.4)" : "SELECT sleep(0.4)");
    const auto pid = process_of(connection);
    const frozen server(pid);
    const auto begun = steady::now();
    try {
      connection.query("SELECT 1");
      FAIL("answered");
    } catch (const odbc_error& e) {
      CHECK(e.info().kind == error_class::lost);
      if (kind == product::postgresql)
        CHECK(e.info().message.find("sent nothing for 1 s") != std::string::npos);
    }
    CHECK(steady::now() - begun < std::chrono::seconds{5});
    CHECK(connection.lost());
  }
}
