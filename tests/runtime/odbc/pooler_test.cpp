// PgBouncer gives each transaction whichever session of the server is free: nothing that a session
// holds may be ours for longer, and what others left in it may not change what we read and write.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/interruption.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::odbc;
using namespace sluice::test;
using steady = std::chrono::steady_clock;

namespace {

constexpr int pool_sessions = 3;  // see tests/support/pgbouncer

/// A database of its own, and the way to it through the pooler.
class pooled_database {
 public:
  [[nodiscard]] const database_fixture& direct() const { return database_; }
  [[nodiscard]] connection connect(purpose use = purpose::write, std::stop_token stop = {}) const {
    return connection({.connection_string = with_attribute(
                           required_environment("SLUICE_TEST_PGBOUNCER"), "Database", name_),
                       .use = use},
                      std::move(stop));
  }

  /// Sets what `settings` say for the role in this database, as the owner of a server may.
  void configure(std::initializer_list<const char*> settings) const {
    for (const auto* setting : settings)
      database_.run({"ALTER ROLE CURRENT_USER IN DATABASE " + name_ + " SET " + setting});
  }

  /// Another client sets these in every session of the pool and says nothing when it goes.
  void leave_behind(std::initializer_list<const char*> settings) const {
    std::vector<connection> clients;
    clients.reserve(pool_sessions);
    for (int i = 0; i < pool_sessions; ++i) clients.push_back(connect());
    for (auto& client : clients) client.begin();  // at once: each has another session
    for (auto& client : clients)
      for (const auto* setting : settings) client.execute(std::string("SET ") + setting);
    for (auto& client : clients) client.commit();
  }

 private:
  database_fixture database_{product::postgresql};
  std::string name_ = *connection_string(database_.connection_string()).get("Database");
};

/// Takes turns on the pool's sessions with whoever else uses them, until it goes.
class other_client {
 public:
  explicit other_client(const pooled_database& database)
      : thread_([&database](const std::stop_token& stop) {
          auto client = database.connect();
          while (!stop.stop_requested()) client.query("SELECT 1");
        }) {}

 private:
  std::jthread thread_;
};

constexpr std::initializer_list<const char*> hostile_settings = {
    "extra_float_digits = 0",
    "DateStyle = 'German'",
    "array_nulls = off",
    "bytea_output = escape",
    "IntervalStyle = iso_8601",
    "xmloption = document",
    "TimeZone = 'Asia/Kathmandu'",
    "standard_conforming_strings = off",
    "default_transaction_read_only = on",
    "default_transaction_isolation = serializable"};

constexpr auto values_query =
    "SELECT concat_ws(' ', 0.1::float8 + 0.2::float8, timestamptz '2024-02-01 12:00+00', "
    "interval '-1 day 2:03', '\\x01ff'::bytea, date '2024-02-01', '<a/>text'::xml, '\\n')";
constexpr auto values_read =
    "0.30000000000000004 2024-02-01 12:00:00+00 -1 days +02:03:00 \\x01ff 2024-02-01 <a/>text \\n";

using text_row = std::vector<std::optional<std::string>>;

/// Writes with one statement as the table writer does, in `transactions` transactions.
void write_rows(connection& on, int transactions) {
  auto insert = on.prepare(
      "INSERT INTO t SELECT u.* FROM unnest(CAST(? AS int[]), CAST(? AS text[]), "
      "CAST(? AS interval[]), CAST(? AS date[])) AS u(a, b, c, d) "
      "ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v");
  for (int i = 0; i < transactions; ++i) {
    const auto id = "{" + std::to_string(i) + "}";
    insert.bind(0, {value_kind::text, id});
    insert.bind(1, {value_kind::text, "{NULL}"});
    insert.bind(2, {value_kind::text, "{\"-1 2:03:04\"}"});
    insert.bind(3, {value_kind::text, "{2024-02-01}"});
    on.begin();
    CHECK(insert.execute() == 1);
    on.commit();
  }
}

const std::string table = "CREATE TABLE t (id int PRIMARY KEY, v text, w interval, d date)";
/// What `write_rows` has written: how many rows, and how many of them as they were meant.
text_row written(const database_fixture& in) {
  return in.connect().query(
      "SELECT count(*), count(*) FILTER (WHERE v IS NULL AND w = interval '-1 day 2:03:04' "
      "AND d = date '2024-02-01') FROM public.t")[0];
}

}  // namespace

TEST_CASE("texts mean the same whatever the role has set") {
  const pooled_database database;
  database.direct().run({table});
  database.configure(hostile_settings);
  for (const auto use : {purpose::read, purpose::write}) {
    CHECK(database.direct().connect(use).query(values_query)[0][0] == values_read);
    CHECK(database.connect(use).query(values_query)[0][0] == values_read);
    auto reader = database.connect(use);
    reader.begin_snapshot();
    CHECK(reader.query(values_query)[0][0] == values_read);
  }
  auto direct = database.direct().connect();
  write_rows(direct, 2);
  auto pooled = database.connect();
  write_rows(pooled, 5);
  CHECK(written(database.direct()) == text_row{"5", "5"});
}

TEST_CASE("texts mean the same whatever other clients left in the pooler's sessions") {
  const pooled_database database;
  database.direct().run(
      {table, "CREATE SCHEMA other", "CREATE TABLE other.t (LIKE public.t INCLUDING ALL)"});
  database.leave_behind(hostile_settings);
  database.leave_behind({"search_path = other"});
  const other_client busy(database);
  auto reader = database.connect(purpose::read);
  for (int i = 0; i < 10; ++i) CHECK(reader.query(values_query)[0][0] == values_read);
  reader.begin_snapshot();
  CHECK(reader.query(values_query)[0][0] == values_read);
  auto writer = database.connect();
  write_rows(writer, 20);
  CHECK(written(database.direct()) == text_row{"20", "20"});
}

TEST_CASE("rows that another client's role would hide are read") {
  const pooled_database database;
  const auto role =
      "hidden_" + *database.direct().connect().query("SELECT current_database()")[0][0];
  database.direct().run({table, "INSERT INTO t VALUES (1), (2)", "CREATE ROLE " + role,
                         "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                         "GRANT SELECT ON t TO " + role});
  database.leave_behind({("role = " + role).c_str()});
  CHECK(database.connect(purpose::read).query("SELECT count(*) FROM t")[0][0] == "2");
  database.direct().run({"DROP OWNED BY " + role, "DROP ROLE " + role});
}

TEST_CASE("what the connection string itself sets for its session is kept") {
  const pooled_database database;
  database.direct().run({"CREATE SCHEMA other", "CREATE TABLE other.t (id int)"});
  connection own({.connection_string = database.direct().connection_string() +
                                       ";ConnSettings={SET search_path TO other}",
                  .use = purpose::read});
  own.begin_snapshot();
  CHECK(own.query("SELECT count(*) FROM t")[0][0] == "0");
}

TEST_CASE("queries are described, and statements with results run, behind a pooler") {
  const pooled_database database;
  database.direct().run({table, "INSERT INTO t VALUES (1, 'a'), (2, 'b')"});
  const other_client busy(database), another(database);
  auto client = database.connect();
  auto update =
      client.prepare("UPDATE t SET v = CAST(? AS text) WHERE id = CAST(? AS int) RETURNING id");
  auto erase = client.prepare("DELETE FROM t WHERE id = ANY(CAST(? AS int[]))");
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    CHECK(client.describe("SELECT v, id FROM t").size() == 2);
    CHECK_THROWS_AS((void)client.describe("SELECT nothing FROM t"), odbc_error);
    const auto value = std::to_string(i);
    update.bind(0, {value_kind::text, value});
    update.bind(1, {value_kind::integer, "2"});
    client.begin();
    update.execute();
    REQUIRE(update.fetch());
    CHECK(update.cell(0) == "2");
    update.close();
    client.commit();
    erase.bind(0, {value_kind::text, "{1}"});
    CHECK(erase.execute() == (i == 0 ? 1 : 0));  // commits by itself
  }
  CHECK(client.query("SELECT id, v FROM t") == std::vector<text_row>{{"2", "29"}});
}

TEST_CASE("a cursor is read in pages behind a pooler") {
  const pooled_database database;
  const other_client busy(database), another(database);
  auto reader = database.connect(purpose::read);
  reader.begin_snapshot();
  reader.execute("DECLARE pages NO SCROLL CURSOR FOR SELECT generate_series(1, 50)");
  int rows = 0;
  for (int page = 0; page < 5; ++page) {
    auto fetched = reader.open_cursor("FETCH FORWARD 10 FROM pages");
    while (fetched.fetch()) CHECK(fetched.cell(0) == std::to_string(++rows));
  }
  CHECK(rows == 50);
}

TEST_CASE("a stop behind a pooler ends the stopped client's query and no other's") {
  const pooled_database database;
  const other_client other(database);
  auto observer = database.direct().connect();
  const auto busy = [&] {
    return *observer.query(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
        "AND datname = current_database() AND query = 'SELECT pg_sleep(60)'")[0][0];
  };
  for (const auto use : {purpose::read, purpose::write}) {
    for (int trial = 0; trial < 10; ++trial) {
      CAPTURE(trial);
      std::stop_source stop;
      auto stopped = database.connect(use, stop.get_token());
      stopped.query("SELECT 1");  // in some session; the next transaction is in another
      use == purpose::read ? stopped.begin_snapshot() : stopped.begin();
      steady::time_point asked;
      std::jthread stopper([&] {
        while (busy() != "1") {
        }
        asked = steady::now();
        stop.request_stop();
      });
      try {
        stopped.query("SELECT pg_sleep(60)");
        FAIL_CHECK("came to an end instead of being interrupted");
      } catch (const odbc_error& e) {
        CHECK(e.info().kind == error_class::interrupted);
      }
      stopper.join();
      CHECK(steady::now() - asked < interruption::grace * 3 / 4);
      while (busy() != "0") {
      }
    }
  }
}
