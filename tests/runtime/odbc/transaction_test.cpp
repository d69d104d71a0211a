#include <doctest/doctest.h>

#include <thread>

#include "runtime/odbc/connection.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::odbc;
using namespace sluice::test;

namespace {

std::string count(const database_fixture& database, const std::string& table = "t") {
  return *database.connect().query("SELECT count(*) FROM " + table)[0][0];
}

/// Kills the server's side of `victim`.
void kill_session(const database_fixture& database, connection& victim) {
  if (database.kind() == product::postgresql) {
    const auto pid = *victim.query("SELECT pg_backend_pid()")[0][0];
    auto killer = database.connect();
    killer.query("SELECT pg_terminate_backend(" + pid + ", 10000)");
  } else {
    const auto id = *victim.query("SELECT connection_id()")[0][0];
    auto killer = database.connect();
    killer.execute("KILL CONNECTION " + id);
    while (*killer.query("SELECT count(*) FROM information_schema.processlist WHERE id = " +
                         id)[0][0] != "0") {
    }
  }
}

}  // namespace

TEST_CASE("a committed transaction is seen and a rolled back one is not") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (a INTEGER)"});
    auto connection = database.connect();
    connection.begin();
    CHECK(connection.in_transaction());
    connection.execute("INSERT INTO t VALUES (1)");
    CHECK(count(database) == "0");
    connection.commit();
    CHECK_FALSE(connection.in_transaction());
    CHECK(count(database) == "1");
    connection.begin();
    connection.execute("INSERT INTO t VALUES (2)");
    connection.rollback();
    CHECK(count(database) == "1");
    {
      auto dropped = database.connect();
      dropped.begin();
      dropped.execute("INSERT INTO t VALUES (3)");
    }
    CHECK(count(database) == "1");
    CHECK_FALSE(connection.lost());
    connection.execute("INSERT INTO t VALUES (4)");  // commits by itself
    CHECK(count(database) == "2");
  }
}

TEST_CASE("a failed statement can be undone to a savepoint and the rest committed") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (a INTEGER PRIMARY KEY)"});
    auto connection = database.connect();
    connection.begin();
    connection.execute("INSERT INTO t VALUES (1)");
    connection.execute("SAVEPOINT batch");
    CHECK_THROWS_AS(connection.execute("INSERT INTO t VALUES (2), (1)"), odbc_error);
    connection.execute("ROLLBACK TO SAVEPOINT batch");
    connection.execute("INSERT INTO t VALUES (3)");
    connection.commit();
    CHECK(count(database) == "2");
  }
}

TEST_CASE("committing a transaction that an error has aborted fails instead of losing rows") {
  const database_fixture database(product::postgresql);
  database.run({"CREATE TABLE t (a INTEGER PRIMARY KEY)"});
  auto connection = database.connect();
  connection.begin();
  connection.execute("INSERT INTO t VALUES (1)");
  CHECK_THROWS_AS(connection.execute("INSERT INTO t VALUES (1)"), odbc_error);
  CHECK_THROWS_AS(connection.commit(), odbc_error);
  CHECK_FALSE(connection.in_transaction());
  CHECK(count(database) == "0");
  connection.begin();
  connection.execute("INSERT INTO t VALUES (1)");
  connection.commit();
  CHECK(count(database) == "1");
}

TEST_CASE("committing on a killed connection fails and marks it lost") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    for (const bool noticed_before : {false, true}) {
      CAPTURE(to_string(kind));
      CAPTURE(noticed_before);
      const database_fixture database(kind);
      database.run({"CREATE TABLE t (a INTEGER PRIMARY KEY)"});
      auto connection = database.connect();
      connection.begin();
      connection.execute("INSERT INTO t VALUES (1)");
      kill_session(database, connection);
      if (noticed_before)
        CHECK_THROWS_AS(connection.execute("INSERT INTO t VALUES (2)"), odbc_error);
      CHECK_THROWS_AS(connection.commit(), odbc_error);
      CHECK(connection.lost());
      CHECK_FALSE(connection.in_transaction());
      CHECK(count(database) == "0");
    }
  }
}

TEST_CASE("a transaction that the server ended by itself does not commit") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (a INTEGER PRIMARY KEY)"});
  auto connection = database.connect();
  connection.begin();
  connection.execute("INSERT INTO t VALUES (1)");
  connection.execute("CREATE TABLE other (a INTEGER)");  // commits implicitly
  CHECK_THROWS_AS(connection.commit(), odbc_error);

  // A deadlock undoes the whole transaction, and MariaDB would let the victim commit nothing.
  database.run({"DELETE FROM t", "INSERT INTO t VALUES (1), (2)"});
  auto first = database.connect();
  auto second = database.connect();
  first.begin();
  second.begin();
  second.execute("DELETE FROM t WHERE a = 2");
  second.execute("INSERT INTO t VALUES (10), (11), (12)");  // the heavier one survives
  first.execute("DELETE FROM t WHERE a = 1");
  std::jthread blocked([&] { CHECK_NOTHROW(second.execute("DELETE FROM t WHERE a = 1")); });
  try {
    first.execute("DELETE FROM t WHERE a = 2");
    FAIL("no deadlock");
  } catch (const odbc_error& e) {
    CHECK(e.info().kind == error_class::transient);
  }
  CHECK_THROWS_AS(first.commit(), odbc_error);
  blocked.join();
  second.commit();
  CHECK(count(database) == "3");
}

TEST_CASE("a constraint checked at commit fails the commit") {
  const database_fixture database(product::postgresql);
  database.run({"CREATE TABLE t (a INTEGER, UNIQUE (a) DEFERRABLE INITIALLY DEFERRED)"});
  auto connection = database.connect();
  connection.begin();
  connection.execute("INSERT INTO t VALUES (1), (1)");
  try {
    connection.commit();
    FAIL("committed");
  } catch (const odbc_error& e) {
    CHECK(e.info().kind == error_class::row);
  }
  CHECK(count(database) == "0");
}

TEST_CASE("a snapshot sees nothing that is committed after its first read") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    // With a journal of another kind SQLite lets nobody commit beside a reader.
    if (kind == product::sqlite) database.run({"PRAGMA journal_mode = WAL"});
    database.run({"CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1)"});
    auto reader = database.connect(purpose::read);
    reader.begin_snapshot();
    CHECK(*reader.query("SELECT count(*) FROM t")[0][0] == "1");
    database.run({"INSERT INTO t VALUES (2)"});
    CHECK(*reader.query("SELECT count(*) FROM t")[0][0] == "1");
    reader.rollback();
    CHECK(*reader.query("SELECT count(*) FROM t")[0][0] == "2");
  }
}
