#include "runtime/odbc/connection.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::odbc;
using namespace sluice::test;

namespace {

/// The error of a connect that must fail.
diagnostic refused(const std::string& text, purpose use = purpose::read) {
  try {
    connection made({.connection_string = text, .use = use});
  } catch (const odbc_error& e) {
    return e.info();
  }
  FAIL("connected");
  return {};
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string with_password(std::string text, std::string_view password) {
  const auto at = text.find("Pwd=");
  return text.replace(at, std::string::npos, "Pwd=" + std::string(password));
}

std::string with_port(std::string text, std::string_view port) {
  const auto at = text.find("Port=") + 5;
  return text.replace(at, text.find(';', at) - at, port);
}

}  // namespace

TEST_CASE("a connection knows its product and quotes for it") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    CHECK(connection.kind() == kind);
    CHECK_FALSE(connection.lost());
    const auto quoted = connection.quote_identifier("a\"b`c d");
    connection.execute("CREATE TABLE " + connection.quote_table("odd name") + " (" + quoted +
                       " INTEGER)");
    connection.execute("INSERT INTO " + connection.quote_table("odd name") + " VALUES (7)");
    const auto rows =
        connection.query("SELECT " + quoted + " FROM " + connection.quote_table("odd name"));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0][0] == "7");
  }
}

TEST_CASE("statements report the rows they affected") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR(20))");
    CHECK(connection.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, NULL)") == 3);
    CHECK(connection.execute("UPDATE t SET b = 'z' WHERE a >= 2") == 2);
    CHECK(connection.execute("DELETE FROM t WHERE a = 99") == 0);
    const auto rows = connection.query("SELECT a, b FROM t ORDER BY a");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0][1] == "x");
    CHECK(rows[2][0] == "3");
    connection.execute("UPDATE t SET b = NULL WHERE a = 3");
    CHECK(connection.query("SELECT b FROM t WHERE a = 3")[0][0] == std::nullopt);
  }
}

TEST_CASE("sessions speak UTC and refuse values that do not fit") {
  const database_fixture pg(product::postgresql);
  CHECK(pg.connect(purpose::read).query("SHOW timezone")[0][0] == "UTC");
  const database_fixture maria(product::mariadb);
  CHECK(maria.connect(purpose::read).query("SELECT @@time_zone")[0][0] == "+00:00");
  auto writer = maria.connect(purpose::write);
  writer.execute("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(3))");
  writer.execute("INSERT INTO t VALUES (0, 'abc')");
  CHECK(writer.query("SELECT id FROM t")[0][0] == "0");
  CHECK_THROWS_AS(writer.execute("INSERT INTO t VALUES (1, 'abcd')"), odbc_error);
}

TEST_CASE("a writing SQLite connection commits durably and shares the file with readers") {
  const database_fixture database(product::sqlite);
  auto writer = database.connect(purpose::write);
  CHECK(writer.query("PRAGMA journal_mode")[0][0] == "wal");
  CHECK(writer.query("PRAGMA synchronous")[0][0] == "2");  // FULL
}

TEST_CASE("an SQL error carries the database's own words and is permanent") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect(purpose::read);
    try {
      connection.query("SELECT * FROM nowhere");
      FAIL("no error");
    } catch (const odbc_error& e) {
      CAPTURE(e.what());
      CHECK(mentions(e.what(), "nowhere"));
      CHECK_FALSE(mentions(e.what(), "["));
      CHECK(e.info().kind == error_class::permanent);
    }
    CHECK_FALSE(connection.lost());
    CHECK(connection.query("SELECT 1")[0][0] == "1");
  }
}

TEST_CASE("a wrong password is permanent and shown nowhere") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto error = refused(with_password(database.connection_string(), "hunter2secret"));
    CAPTURE(error.text());
    CHECK(error.kind == error_class::permanent);
    CHECK((mentions(error.message, "password") || mentions(error.message, "Access denied")));
    CHECK_FALSE(mentions(error.text(), "hunter2secret"));
  }
}

TEST_CASE("an unreachable server is worth another try") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto error = refused(with_port(database.connection_string(), "1"));
    CAPTURE(error.text());
    CHECK(error.kind == error_class::transient);
    CHECK(mentions(error.message, "onnect"));
  }
}

TEST_CASE("a missing driver is named") {
  const auto error = refused("Driver=No Such Driver;Server=127.0.0.1;Pwd=hunter2secret");
  CHECK(error.kind == error_class::permanent);
  CHECK(mentions(error.message, "ODBC driver 'No Such Driver' is not installed"));
  CHECK_FALSE(mentions(error.text(), "hunter2secret"));
  const auto unknown = refused("DSN=no_such_data_source");
  CHECK(unknown.kind == error_class::permanent);
  CHECK(mentions(unknown.message, "ata source"));
}

TEST_CASE("a reader creates no SQLite file and names the one that is missing") {
  const temp_dir directory;
  const auto file = directory.path() / "absent.db";
  const auto error = refused("Driver=SQLite3;Database=" + file.string());
  CAPTURE(error.text());
  CHECK(mentions(error.message, file.string()));
  CHECK(error.kind == error_class::permanent);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("another SQLite connection's lock is waited for and then reported as transient") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (a INTEGER)"});
  auto holder = database.connect();
  holder.begin();
  connection waiter({.connection_string = database.connection_string(),
                     .use = purpose::write,
                     .lock_timeout = std::chrono::milliseconds(100)});
  try {
    waiter.execute("INSERT INTO t VALUES (1)");
    FAIL("wrote through a lock");
  } catch (const odbc_error& e) {
    CHECK(e.info().kind == error_class::transient);
  }
  holder.rollback();
  CHECK(waiter.execute("INSERT INTO t VALUES (1)") == 1);
}

TEST_CASE("a stop requested before connecting is honoured") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    std::stop_source stop;
    stop.request_stop();
    try {
      auto made = database.connect(purpose::read, stop.get_token());
      FAIL("connected");
    } catch (const odbc_error& e) {
      CHECK(e.info().kind == error_class::interrupted);
    }
  }
}

TEST_CASE("threads may connect to SQLite at the same time, as often as they like") {
  const auto database = std::make_shared<database_fixture>(product::sqlite);
  constexpr int threads = 8;
  constexpr int connects = 4000;
  // Not joined: a driver that never returns must fail the test, not hang it.
  const auto done = std::make_shared<std::atomic<int>>(0);
  for (int i = 0; i < threads; ++i)
    std::thread([database, done] {
      for (int n = 0; n < connects; ++n) {
        const auto made = database->connect(purpose::read);
        ++*done;
      }
    }).detach();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{100};
  while (*done < threads * connects && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  CHECK(*done == threads * connects);
}
