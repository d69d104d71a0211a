#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <barrier>
#include <chrono>
#include <thread>

#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/interruption.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::odbc;
using namespace sluice::test;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

/// Keeps the database busy for a minute or more.
std::string long_query(product kind) {
  switch (kind) {
    case product::postgresql:
      return "SELECT pg_sleep(60)";
    case product::mariadb:
      return "SELECT sleep(60)";
    default:
      return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) "
             "SELECT sum(i) FROM n";
  }
}

/// Many rows, and long before the last one.
std::string large_query(product kind) {
  switch (kind) {
    case product::postgresql:
      return "SELECT i, repeat('x', 50) FROM generate_series(1, 3000000) AS s(i)";
    case product::mariadb:
      return "SELECT seq, repeat('x', 50) FROM seq_1_to_3000000";
    default:
      return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) "
             "SELECT i, hex(zeroblob(25)) FROM n";
  }
}

/// Waits until the server shows session `id` executing the long query, or not executing it.
void wait_until(const database_fixture& database, const std::string& id, bool busy) {
  if (database.kind() == product::sqlite) return;  // executes in this process, from the call on
  auto observer = database.connect();
  const auto question =
      database.kind() == product::postgresql
          ? "SELECT count(*) FROM pg_stat_activity WHERE pid = " + id +
                " AND state = 'active' AND query LIKE '%pg_sleep%'"
          : "SELECT count(*) FROM information_schema.processlist WHERE id = " + id +
                " AND info LIKE '%sleep(60)%'";
  while (observer.query(question)[0][0] != (busy ? "1" : "0")) {
  }
}
/// So that a stop hits the query itself.
void wait_until_busy(const database_fixture& database, const std::string& id) {
  wait_until(database, id, true);
}
void wait_until_idle(const database_fixture& database, const std::string& id) {
  wait_until(database, id, false);
}

std::string own_id(connection& c) {
  switch (c.kind()) {
    case product::postgresql:
      return *c.query("SELECT pg_backend_pid()")[0][0];
    case product::mariadb:
      return *c.query("SELECT connection_id()")[0][0];
    default:
      return {};
  }
}

/// Runs `work`, which must end interrupted; returns when it ended.
steady::time_point when_interrupted(auto&& work) {
  try {
    work();
    FAIL_CHECK("came to an end instead of being interrupted");
  } catch (const odbc_error& e) {
    CAPTURE(e.what());
    CHECK(e.info().kind == error_class::interrupted);
  }
  return steady::now();
}

}  // namespace

TEST_CASE("a stop interrupts a blocked query twenty times of twenty") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    for (int trial = 0; trial < 20; ++trial) {
      CAPTURE(trial);
      std::stop_source stop;
      auto connection = database.connect(purpose::read, stop.get_token());
      const auto id = own_id(connection);
      connection.begin_snapshot();
      steady::time_point stopped;
      std::jthread stopper([&] {
        wait_until_busy(database, id);
        stopped = steady::now();
        stop.request_stop();
      });
      const auto ended = when_interrupted([&] {
        auto cursor = connection.open_cursor(long_query(kind));
        cursor.fetch();  // SQLite computes here
      });
      stopper.join();
      CHECK(ended - stopped < interruption::grace * 3 / 4);
      // Nothing more is started, and the database computes for nobody.
      CHECK_THROWS_AS(connection.execute("SELECT 1"), odbc_error);
      connection.rollback();
      wait_until_idle(database, id);
    }
  }
}

TEST_CASE("a stop in the middle of a large fetch never looks like its end") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    for (int trial = 0; trial < 20; ++trial) {
      CAPTURE(trial);
      std::stop_source stop;
      auto connection = database.connect(purpose::read, stop.get_token());
      const auto wait = std::chrono::milliseconds(trial * 3);
      std::jthread stopper;
      steady::time_point stopped;
      const auto ended = when_interrupted([&] {
        stopper = std::jthread([&] {
          const auto due = steady::now() + wait;  // some moment of the executing or the fetching
          while (steady::now() < due) std::this_thread::yield();
          stopped = steady::now();
          stop.request_stop();
        });
        auto cursor = connection.open_cursor(large_query(kind));
        while (cursor.fetch()) {
        }
      });
      stopper.join();
      CHECK(ended - stopped < interruption::grace * 3 / 4);
    }
  }
}

TEST_CASE("a writer is interrupted too and keeps nothing of its transaction") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (a INTEGER)"});
    std::stop_source stop;
    auto connection = database.connect(purpose::write, stop.get_token());
    const auto id = own_id(connection);
    connection.begin();
    connection.execute("INSERT INTO t VALUES (1)");
    std::jthread stopper([&] {
      wait_until_busy(database, id);
      stop.request_stop();
    });
    when_interrupted([&] { connection.query(long_query(kind)); });
    CHECK_THROWS_AS(connection.commit(), odbc_error);
    CHECK_FALSE(connection.in_transaction());
    CHECK(database.connect().query("SELECT count(*) FROM t")[0][0] == "0");
  }
}

TEST_CASE("other connections do not notice a stop") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    std::stop_source stop, other_stop;
    auto stopped = database.connect(purpose::read, stop.get_token());
    auto other = database.connect(purpose::read, other_stop.get_token());
    std::barrier start(3);
    std::jthread stopper([&] {
      start.arrive_and_wait();
      stop.request_stop();
    });
    std::jthread reader([&] {
      start.arrive_and_wait();
      for (int i = 0; i < 50; ++i) CHECK(other.query("SELECT 1")[0][0] == "1");
    });
    start.arrive_and_wait();
    when_interrupted([&] {
      for (;;) stopped.query("SELECT 1");
    });
  }
}

TEST_CASE("a stop ends the waiting for a lock of SQLite") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (a INTEGER)"});
  auto holder = database.connect();
  holder.begin();
  std::stop_source stop;
  auto waiter = database.connect(purpose::write, stop.get_token());
  std::jthread stopper([&] { stop.request_stop(); });
  const auto begun = steady::now();
  const auto ended = when_interrupted([&] { waiter.execute("INSERT INTO t VALUES (1)"); });
  CHECK(ended - begun < 5s);  // of the ten that it would wait
}

TEST_CASE("a stop ends connecting to a server that accepts and says nothing") {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener, 8) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const auto port = std::to_string(ntohs(address.sin_port));
  for (const auto* driver : {"PostgreSQL Unicode", "MariaDB Unicode"}) {
    CAPTURE(driver);
    std::stop_source stop;
    steady::time_point stopped;
    int peer = -1;
    std::jthread stopper([&] {
      peer = ::accept(listener, nullptr, nullptr);  // the driver has connected
      stopped = steady::now();
      stop.request_stop();
    });
    const auto ended = when_interrupted([&] {
      connection made(
          {.connection_string = std::string("Driver=") + driver + ";Server=127.0.0.1;Port=" + port +
                                ";Database=x;Uid=x;Pwd=x"},
          stop.get_token());
    });
    stopper.join();
    CHECK(ended - stopped < 500ms);
    ::close(peer);  // ends the attempt that was walked away from
  }
  ::close(listener);
}
