#include "runtime/odbc/connection.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
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

TEST_CASE("MariaDB is written to in one mode whatever the server's is") {
  const database_fixture database(product::mariadb);
  for (const auto* mode :
       {"", "ORACLE,EMPTY_STRING_IS_NULL", "ALLOW_INVALID_DATES,TIME_ROUND_FRACTIONAL",
        "ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,NO_ZERO_DATE"}) {
    CAPTURE(mode);
    connection writer({.connection_string = database.connection_string() +
                                            ";INITSTMT={SET sql_mode = '" + mode + "'}",
                       .use = purpose::write});
    writer.execute("CREATE OR REPLACE TABLE t (s VARCHAR(20), d DATE, h TIME)");
    auto insert = writer.prepare("INSERT INTO t VALUES (?, ?, ?)");
    const auto add = [&](std::string_view text, std::string_view date) {
      insert.bind(0, {value_kind::text, text});
      insert.bind(1, {value_kind::text, date});
      insert.bind(2, {value_kind::text, "10:00:00.9"});
      insert.execute();
    };
    writer.begin();
    add("", "2024-02-29");
    add("\\", "2024-02-29");
    writer.commit();
    CHECK_THROWS_AS(add("x", "2024-02-31"), odbc_error);
    CHECK(writer.query("SELECT count(*) FROM t WHERE s IS NULL")[0][0] == "0");
    CHECK(writer.query("SELECT count(*) FROM t WHERE s = CHAR(92)")[0][0] == "1");
    CHECK(writer.query("SELECT DISTINCT CAST(h AS CHAR) FROM t")[0][0] == "10:00:00");
    const bool no_zero_date = std::string_view(mode).find("NO_ZERO_DATE") != std::string::npos;
    CHECK(mentions(*writer.query("SELECT @@sql_mode")[0][0], "NO_ZERO_DATE") == no_zero_date);
  }
}

TEST_CASE("a commit in a MariaDB session that has lost its settings is refused") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (a INTEGER)"});
  for (const auto* lost : {"time_zone = '+01:00'", "sql_mode = ''"}) {
    auto writer = database.connect();
    writer.begin();
    writer.execute("INSERT INTO t VALUES (1)");
    writer.execute(std::string("SET SESSION ") + lost);
    CHECK_THROWS_AS(writer.commit(), odbc_error);
    CHECK_FALSE(writer.in_transaction());
    CHECK(writer.query("SELECT count(*) FROM t")[0][0] == "0");
  }
}

TEST_CASE("what MariaDB answers with a warning is read, also through a temporary table") {
  const database_fixture database(product::mariadb);
  for (const auto* mode : {"TRADITIONAL", "STRICT_ALL_TABLES,ANSI_QUOTES,NO_ZERO_DATE", "ORACLE"}) {
    CAPTURE(mode);
    connection reader({.connection_string = database.connection_string() +
                                            ";INITSTMT={SET sql_mode = '" + mode + "'}",
                       .use = purpose::read});
    const std::string query =
        "SELECT 1 / 0 AS a, CAST('12abc' AS UNSIGNED) AS b, LN(0) AS c, '1x' + 0 AS d, "
        "STR_TO_DATE('x', '%Y') AS e, CAST(REPEAT('x', 3) AS CHAR(2)) AS f";
    const auto answer = reader.query(query);
    reader.execute("CREATE TEMPORARY TABLE answers ENGINE=Aria AS " + query);
    CHECK(reader.query("SELECT * FROM answers") == answer);
    // A table that InnoDB takes for too wide tells the types of a result that is not.
    std::string wide = "SELECT 1 AS c0";
    for (int i = 1; i < 250; ++i) wide += ", REPEAT('x', 60) AS c" + std::to_string(i);
    reader.execute("CREATE TEMPORARY TABLE wide ENGINE=InnoDB AS " + wide + " LIMIT 0");
    const auto left = *reader.query("SELECT @@sql_mode")[0][0];
    const bool quotes = mentions(left, "ANSI_QUOTES");
    CHECK(quotes == (std::string_view(mode) != "TRADITIONAL"));  // the user's other modes stay
  }
}

TEST_CASE("a server's limit on results does not end them early") {
  const database_fixture database(product::mariadb);
  for (const auto use : {purpose::read, purpose::write}) {
    connection limited(
        {.connection_string = database.connection_string() + ";INITSTMT={SET sql_select_limit = 2}",
         .use = use});
    CHECK(limited.query("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3").size() == 3);
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

TEST_CASE("a writing SQLite connection commits durably and leaves the journal mode as it is") {
  const database_fixture database(product::sqlite);
  const auto mode = [&] { return *database.connect().query("PRAGMA journal_mode")[0][0]; };
  {
    auto writer = database.connect(purpose::write);
    CHECK(writer.query("PRAGMA synchronous")[0][0] == "3");  // EXTRA
    writer.execute("CREATE TABLE t (a INTEGER)");
  }
  CHECK(mode() == "delete");
  const connection wal({.connection_string = database.connection_string() + ";JournalMode=WAL",
                        .use = purpose::write});
  CHECK(mode() == "wal");
}

TEST_CASE("a commit that a reader of the SQLite file holds up says how it would not") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (a INTEGER)"});
  auto reader = database.connect(purpose::read);
  reader.begin_snapshot();
  reader.query("SELECT count(*) FROM t");
  connection writer({.connection_string = database.connection_string(),
                     .use = purpose::write,
                     .lock_timeout = std::chrono::milliseconds(100)});
  writer.begin();
  writer.execute("INSERT INTO t VALUES (1)");
  try {
    writer.commit();
    FAIL("committed beside a reader");
  } catch (const odbc_error& e) {
    CHECK(e.info().kind == error_class::transient);
    CHECK(mentions(e.what(), "JournalMode=WAL"));
  }
  reader.rollback();
  CHECK(database.connect().query("SELECT count(*) FROM t")[0][0] == "0");
}

TEST_CASE("two SQLite writers take turns beside readers whatever the journal mode is") {
  for (const auto* journal : {"DELETE", "WAL"}) {
    CAPTURE(journal);
    const database_fixture database(product::sqlite);
    database.run({"PRAGMA journal_mode = " + std::string(journal), "CREATE TABLE t (a INTEGER)"});
    std::barrier start(3);
    std::atomic<int> writing{2};
    const auto write = [&] {
      auto writer = database.connect();
      start.arrive_and_wait();
      for (int i = 0; i < 25; ++i) {
        writer.begin();
        for (int row = 0; row < 4; ++row) writer.execute("INSERT INTO t VALUES (1)");
        writer.commit();
      }
      --writing;
    };
    std::jthread first(write), second(write);
    start.arrive_and_wait();
    while (writing > 0) {
      auto reader = database.connect(purpose::read);
      reader.begin_snapshot();
      const auto rows = std::stoi(*reader.query("SELECT count(*) FROM t")[0][0]);
      CHECK(rows % 4 == 0);
    }
    CHECK(database.connect().query("SELECT count(*) FROM t")[0][0] == "200");
  }
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
    const auto error = refused(with_attribute(database.connection_string(), "Port", "1"));
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

TEST_CASE("a read that finds SQLite locked waits, and then gives the rows or an error") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1), (2)"});
  const auto reader = [&](std::chrono::milliseconds patience) {
    return connection({.connection_string = database.connection_string(),
                       .use = purpose::read,
                       .lock_timeout = patience});
  };
  auto waits = reader(std::chrono::seconds(30));
  auto gives_up = reader(std::chrono::milliseconds(100));
  auto holder = database.connect();
  holder.execute("BEGIN EXCLUSIVE");
  try {
    gives_up.query("SELECT a FROM t");
    FAIL("read through a lock");
  } catch (const odbc_error& e) {
    CHECK(e.info().kind == error_class::transient);
  }
  std::jthread later([&] {
    // The read has begun long before, and has been refused more than once.
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    holder.execute("COMMIT");
  });
  waits.begin_snapshot();
  auto cursor = waits.open_cursor("SELECT a FROM t");
  std::size_t rows = 0;
  while (cursor.fetch()) ++rows;
  CHECK(rows == 2);
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
