// Passes by cursor over real databases: which rows they give, and what that costs the database.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "messages/error.hpp"
#include "runtime/source/cursor_sql.hpp"
#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using source::read_result;
using source::starting_point;
using namespace std::chrono_literals;

namespace {

const char* time_type(product kind) {
  return kind == product::mariadb  ? "DATETIME(6)"
         : kind == product::sqlite ? "DATETIME"
                                   : "timestamp";
}

config::source_config by_cursor(config::source_config source, const std::string& column,
                                std::chrono::milliseconds overlap = 0ms) {
  source.cursor = config::cursor_config{column, overlap};
  if (source.key.empty()) source.key = {"id"};
  return source;
}

/// The first column of every row, as text; `!` stands before those of invalid rows.
std::multiset<std::string> ids(source::model_reader& reader, const starting_point& from = {}) {
  reader.begin({0}, from);
  std::multiset<std::string> found;
  for (auto r = reader.next(); r != read_result::end; r = reader.next())
    found.insert((r == read_result::invalid_row ? "!" : "") +
                 std::string(reader.values()[0].bytes));
  return found;
}

using set = std::multiset<std::string>;

std::string packed(value_view value) {
  std::string out;
  append_value(out, value);
  return out;
}
std::string packed_id(const std::string& id) { return packed({value_kind::integer, id}); }

/// A table t (id, v, at) of ten rows: `at` is NULL for row 1, the same for rows 8 and 9.
void make_small_table(const database_fixture& database) {
  database.run({"CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(20), at " +
                    std::string(time_type(database.kind())) + " NULL)",
                "CREATE INDEX t_at ON t (at)"});
  for (int i = 1; i <= 10; ++i)
    database.run(
        {"INSERT INTO t VALUES (" + std::to_string(i) + ", 'x', " +
         (i == 1 ? "NULL" : "'2024-01-01 00:0" + std::to_string(i == 9 ? 8 : i % 10) + ":00'") +
         ")"});
  // The highest one is that of row 10, at 00:09:30.
  database.run({"UPDATE t SET at = '2024-01-01 00:09:30' WHERE id = 10"});
}

error failure_of_opening(const config::source_config& source) {
  try {
    source::open_model("test", source, {});
  } catch (const failure& e) {
    return e.info();
  }
  FAIL_CHECK("no failure");
  return {};
}

}  // namespace

TEST_CASE("a pass gives the rows from the cursor on and those wanted by key each once") {
  for (const auto kind : every_database) {
    for (const bool as_query : {false, true}) {
      CAPTURE(to_string(kind));
      CAPTURE(as_query);
      const database_fixture database(kind);
      make_small_table(database);
      const auto reader = source::open_model(
          "test",
          by_cursor(as_query ? query_source(database, "SELECT id, v, at FROM t -- all")
                             : table_source(database, "t"),
                    "at"),
          {});
      CHECK(ids(*reader) == set{"!1", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
      const auto highest = reader->reached();
      REQUIRE(highest);
      CHECK(highest->find("2024-01-01 00:09:30") != std::string::npos);
      // Ties stay in: nobody knows whether all of them were there.
      CHECK(ids(*reader, {highest}) == set{"!1", "10"});
      CHECK(reader->reached() == highest);

      database.run({"UPDATE t SET v = 'y', at = '2024-01-01 00:10:00' WHERE id = 3",
                    "INSERT INTO t VALUES (11, 'z', '2024-01-01 00:09:30')"});
      // Row 10 is wanted twice, row 1 by key though it comes anyway, row 99 does not exist.
      starting_point from{highest, {}};
      for (const auto* id : {"10", "1", "5", "99", "3"}) from.keys.push_back(packed_id(id));
      CHECK(ids(*reader, from) == set{"!1", "10", "11", "3", "5"});
      CHECK(reader->reached()->find("2024-01-01 00:10:00") != std::string::npos);

      // Nothing lies at or past it any more: it does not go back.
      const auto last = reader->reached();
      database.run({"DELETE FROM t WHERE id <> 4"});
      CHECK(ids(*reader, {last}).empty());
      CHECK(reader->reached() == last);
      CHECK(ids(*reader) == set{"4"});
      CHECK(reader->reached()->find("2024-01-01 00:04:00") != std::string::npos);
      database.run({"DELETE FROM t"});
      CHECK(ids(*reader).empty());
      CHECK_FALSE(reader->reached());
    }
  }
}

TEST_CASE("an overlap reads again what lies shortly behind the cursor") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_small_table(database);
    const auto reader =
        source::open_model("test", by_cursor(table_source(database, "t"), "at", 150s), {});
    ids(*reader);
    const auto highest = reader->reached();
    CHECK(ids(*reader, {highest, {packed_id("9"), packed_id("2")}}) ==
          set{"!1", "2", "7", "8", "9", "10"});
    CHECK(reader->reached() == highest);
  }
}

TEST_CASE("a row without a cursor is invalid for that reason and its key is known") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_small_table(database);
    const auto reader =
        source::open_model("test", by_cursor(table_source(database, "t"), "at"), {});
    for (const auto& wanted : {std::vector<std::size_t>{0}, std::vector<std::size_t>{0, 2}}) {
      reader->begin(wanted, {});
      bool found = false;
      for (auto r = reader->next(); r != read_result::end; r = reader->next()) {
        CHECK(reader->values().size() == wanted.size());
        if (r != read_result::invalid_row) continue;
        found = true;
        CHECK(reader->invalid_reason().starts_with("column 'at': the cursor is NULL"));
        CHECK(reader->invalid_cells().empty());
        CHECK(reader->values()[0].bytes == "1");
      }
      CHECK(found);
    }
  }
}

TEST_CASE("every type with an order carries a cursor exactly") {
  struct column {
    const char* type;
    std::vector<const char*> values;  ///< ascending
  };
  const std::map<product, std::vector<column>> columns{
      {product::postgresql,
       {{"bigint", {"-5", "9223372036854775806", "9223372036854775807"}},
        {"numeric", {"-0.5", "1.10", "12345678901234567890.123456789"}},
        {"real", {"'-1e-30'", "0.1", "0.7"}},
        {"double precision", {"-1e300", "0.1", "0.30000000000000004"}},
        {"text", {"'A'", "'it''s'", "'it''s \\ ? {x} é'"}},
        {"date", {"'2023-12-31'", "'2024-01-01'", "'2024-02-29'"}},
        {"timestamp(3)", {"'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.001'", "'2025-01-01'"}},
        {"timestamptz",
         {"'2024-01-01 00:00:00+00'", "'2024-01-01 00:00:00.000001+00'", "'2024-01-01 00:00-03'"}},
        {"uuid",
         {"'00000000-0000-7000-8000-000000000000'", "'018cc251-f400-7000-8000-000000000000'",
          "'FFFFFFFF-f400-7000-8000-000000000000'"}},
        {"interval", {"'1 hour'", "'1 day'", "'3 days 00:00:01'"}}}},
      {product::mariadb,
       {{"BIGINT UNSIGNED", {"0", "18446744073709551614", "18446744073709551615"}},
        {"BIGINT", {"-9223372036854775808", "-1", "9223372036854775807"}},
        {"DECIMAL(30,9)", {"-0.5", "1.1", "12345678901234567890.123456789"}},
        {"FLOAT", {"-1e-30", "0.1", "0.7"}},
        {"DOUBLE", {"-1e300", "0.1", "0.30000000000000004"}},
        {"VARCHAR(40)", {"'A'", "'it''s'", "'it''s \\\\ ? {x} é'"}},
        {"VARCHAR(40) CHARACTER SET latin1", {"'A'", "'it''s'", "'it''s \\\\ ? {x} é'"}},
        {"DATE", {"'2023-12-31'", "'2024-01-01'", "'2024-02-29'"}},
        {"DATETIME(3)", {"'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.001'", "'2025-01-01'"}},
        {"TIMESTAMP(6) NULL",
         {"'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.000001'", "'2024-07-01 03:00:00'"}},
        {"UUID",
         {"'00000000-0000-7000-8000-000000000000'", "'018cc251-f400-7000-8000-000000000000'",
          "'FFFFFFFF-f400-7000-8000-ffff00000000'"}},
        {"YEAR", {"1999", "2000", "2024"}}}},
      {product::sqlite,
       {{"INTEGER", {"-5", "9223372036854775806", "9223372036854775807"}},
        {"DECIMAL(10,2)", {"-0.5", "1.1", "1e15"}},
        {"DOUBLE", {"-1e300", "0.1", "0.30000000000000004"}},
        {"TEXT", {"'A'", "'it''s'", "'it''s \\ ? {x} é'"}},
        {"DATE", {"'2023-12-31'", "'2024-01-01'", "'2024-02-29'"}},
        {"DATETIME", {"'2024-01-01T00:00:00.000Z'", "'2024-01-01T00:00:00.001Z'", "'2025-01-01'"}},
        {"TIMESTAMP", {"1704067200", "1704067200.5", "'2024-01-01'"}},
        {"", {"-0.5", "17", "'a'"}}}}};
  for (const auto& [kind, all] : columns) {
    for (const auto& column : all) {
      CAPTURE(to_string(kind));
      CAPTURE(std::string(column.type));
      const database_fixture database(kind);
      database.run({"CREATE TABLE t (id INTEGER PRIMARY KEY, c " + std::string(column.type) + ")"});
      for (std::size_t i = 0; i < column.values.size(); ++i)
        database.run(
            {"INSERT INTO t VALUES (" + std::to_string(i) + ", " + column.values[i] + ")"});
      database.run({"INSERT INTO t VALUES (3, " + std::string(column.values[2]) + ")"});
      for (const bool as_query : {false, true}) {
        CAPTURE(as_query);
        auto source = by_cursor(
            as_query ? query_source(database, "SELECT id, c FROM t") : table_source(database, "t"),
            "c");
        const auto reader = source::open_model("test", source, {});
        CHECK(ids(*reader) == set{"0", "1", "2", "3"});
        REQUIRE(reader->reached());
        CAPTURE(*reader->reached());
        CHECK(ids(*reader, {reader->reached()}) == set{"2", "3"});
        CHECK(ids(*reader, {reader->reached(), {packed_id("0")}}) == set{"0", "2", "3"});
        database.run({"UPDATE t SET c = " + std::string(column.values[1]) + " WHERE id > 1"});
        ids(*reader);
        CHECK(ids(*reader, {reader->reached()}) == set{"1", "2", "3"});
        database.run({"UPDATE t SET c = " + std::string(column.values[2]) + " WHERE id > 1"});
      }
    }
  }
}

TEST_CASE("keys of every type are found again") {
  struct column {
    const char* type;
    std::vector<const char*> values;
  };
  const std::map<product, std::vector<column>> columns{
      {product::postgresql,
       {{"bigint", {"-9223372036854775808", "7"}},
        {"numeric", {"12345678901234567890.10", "-0.5", "'NaN'"}},
        {"real", {"0.1", "-1e-30", "'Infinity'"}},
        {"double precision", {"0.30000000000000004", "1e300"}},
        {"text", {"'it''s'", "'a\\b'", "'{d ''x''} ? -- é🙂'", "''", "E'line\\nbreak'"}},
        {"char(5)", {"'ab'", "'it''s'"}},
        {"bytea", {"'\\x00ff27'", "''"}},
        {"date", {"'2024-02-29'", "'1999-12-31'"}},
        {"time", {"'08:00:00.25'", "'23:59:59'"}},
        {"timestamp", {"'2024-01-01 00:00:00.123456'", "'2024-01-01 00:00:00'"}},
        {"timestamptz", {"'2024-01-01 00:00:00.5-03'", "'2024-07-01 00:00:00+00'"}},
        {"uuid", {"'018CC251-F400-7000-8000-0000000000AB'"}},
        {"boolean", {"true", "false"}}}},
      {product::mariadb,
       {{"BIGINT UNSIGNED", {"18446744073709551615", "7"}},
        {"DECIMAL(30,9)", {"12345678901234567890.1", "-0.5"}},
        {"FLOAT", {"0.1", "-1.5e-30"}},
        {"DOUBLE", {"0.30000000000000004", "1e300"}},
        {"VARCHAR(60)", {"'it''s'", "'a\\\\b'", "'{d ''x''} ? -- é🙂'", "''"}},
        {"VARCHAR(60) CHARACTER SET latin1 COLLATE latin1_german2_ci", {"'it''s ä'", "'ss'"}},
        {"BINARY(4)", {"X'00FF275C'"}},
        {"VARBINARY(4)", {"X'00FF275C'", "''"}},
        {"ENUM('b','a')", {"'a'", "'b'"}},
        {"DATE", {"'2024-02-29'", "'1999-12-31'"}},
        {"TIME(2)", {"'08:00:00.25'", "'-838:59:59'"}},
        {"DATETIME(6)", {"'2024-01-01 00:00:00.123456'", "'2024-01-01 00:00:00'"}},
        {"TIMESTAMP(6)", {"'2024-01-01 00:00:00.5'", "'2024-07-01 03:00:00'"}},
        {"UUID", {"'018CC251-F400-7000-8000-0000000000AB'"}},
        {"YEAR", {"2024"}},
        {"BIT(9)", {"b'100000001'"}},
        {"TINYINT(1)", {"1", "0", "7"}}}},
      {product::sqlite,
       {{"INTEGER", {"-9223372036854775808", "7"}},
        {"DECIMAL(30,9)", {"12345678901234567890.1", "-0.5", "7"}},
        {"DOUBLE", {"0.30000000000000004", "1e300", "9e999"}},
        {"TEXT",
         {"'it''s'", "'a\\b'", "'{d ''x''} ? -- é🙂'", "''", "'a' || char(0) || 'b'", "7"}},
        {"BLOB", {"X'00FF275C'", "X''", "'text'", "7", "0.5"}},
        {"", {"X'00FF275C'", "'7'", "7", "0.5"}},
        {"DATE", {"'2024-02-29'", "'next week'"}},
        {"TIME", {"'08:00:00.250'", "'23:59:59'", "'24:00:00'"}},
        {"DATETIME",
         {"'2024-01-01 00:00:00.123000'", "'2024-01-01T00:00:00Z'", "'2024-01-03 00:00:00+00:00'",
          "'2024-01-02 00:00:00.000'", "1704067200", "1704067200.25"}},
        {"UUID", {"'018cc251-F400-7000-8000-0000000000Ab'", "'no uuid'"}},
        {"BOOLEAN", {"1", "'False'", "2"}},
        {"JSON", {"1", "'[1, 2]'", "'\"a\"'"}}}}};
  for (const auto& [kind, all] : columns) {
    for (const auto& column : all) {
      CAPTURE(to_string(kind));
      CAPTURE(std::string(column.type));
      const database_fixture database(kind);
      database.run({"CREATE TABLE t (id " + std::string(column.type) +
                    " PRIMARY KEY, n INTEGER NOT NULL, c INTEGER NOT NULL)"});
      int n = 0;
      for (const auto* value : column.values)
        database.run({"INSERT INTO t VALUES (" + std::string(value) + ", " +
                      std::to_string(++n % 2) + ", 1)"});
      for (const bool composite : {false, true}) {
        CAPTURE(composite);
        auto source = by_cursor(table_source(database, "t"), "c");
        if (composite) source.key = {"n", "id"};
        const auto reader = source::open_model("test", source, {});
        std::vector<std::string> keys;
        reader->begin({0, 1}, {});
        while (reader->next() == read_result::row) {
          keys.push_back(composite ? packed(reader->values()[1]) : std::string());
          append_value(keys.back(), reader->values()[0]);
        }
        REQUIRE(keys.size() == column.values.size());
        for (const auto& key : keys) CHECK(ids(*reader, {"2", {key}}).size() == 1);
        CHECK(ids(*reader, {"2", keys}).size() == keys.size());
        CHECK(ids(*reader, {"1", keys}).size() == keys.size());
      }
    }
  }
}

TEST_CASE("a filter lets only its rows through and may call the table by its name") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_small_table(database);
    auto source = table_source(database, "t");
    source.where = "t.id > 7 OR v = 'it''s' -- some";
    CHECK(read_all(source).size() == 3);
    CHECK(read_all(source)[0].values.size() == 3);
    const auto reader = source::open_model("test", by_cursor(source, "at"), {});
    CHECK(ids(*reader) == set{"8", "9", "10"});
    CHECK(ids(*reader, {reader->reached(), {packed_id("2"), packed_id("8")}}) == set{"8", "10"});
    database.run({"UPDATE t SET at = '2024-02-01 00:00:00' WHERE id = 2"});
    ids(*reader);
    CHECK(reader->reached()->find("2024-01-01 00:09:30") != std::string::npos);
  }
}

TEST_CASE("a mistake in a filter is told when the model is opened") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_small_table(database);
    auto source = table_source(database, "t");
    for (const auto* wrong :
         {"nothing = 1", "id >", "id = 1; DROP TABLE t", "v = 'x", " -- none"}) {
      CAPTURE(std::string(wrong));
      source.where = wrong;
      const auto error = failure_of_opening(source);
      CAPTURE(error.text());
      CHECK(error.code == errc::source_failed);
      CHECK(error.hint.find("source.where") != std::string::npos);
    }
  }
}

TEST_CASE("what a checkpoint means changes with column and types and filter") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_small_table(database);
    const auto terms = [&](const config::source_config& source) {
      return source::open_model("test", source, {})->cursor();
    };
    const auto plain = by_cursor(table_source(database, "t"), "at");
    CHECK(terms(plain) == "at timestamp, key integer");
    CHECK(terms(by_cursor(table_source(database, "t"), "at", 5min)) == terms(plain));
    CHECK(terms(table_source(database, "t")).empty());
    CHECK(terms(by_cursor(table_source(database, "t"), "id")) != terms(plain));
    auto filtered = plain;
    filtered.where = "id > 1";
    auto wider = plain;
    wider.where = "id > 0";
    CHECK(terms(filtered) != terms(plain));
    CHECK(terms(filtered) != terms(wider));
  }
}

TEST_CASE("a column that cannot be a cursor is refused when the model is opened") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const std::string json = kind == product::postgresql ? "jsonb" : "JSON";
    const std::string binary = kind == product::postgresql ? "bytea" : "BLOB";
    database.run({"CREATE TABLE t (id INTEGER PRIMARY KEY, updated_at " +
                  std::string(time_type(kind)) + ", j " + json + ", b " + binary +
                  ", yes BOOLEAN, hour TIME, label VARCHAR(10))"});
    const auto check = [&](const std::string& column, std::chrono::milliseconds overlap,
                           std::string_view cause, std::string_view hint) {
      CAPTURE(column);
      const auto error =
          failure_of_opening(by_cursor(table_source(database, "t"), column, overlap));
      CAPTURE(error.text());
      CHECK(error.code == errc::source_failed);
      CHECK(error.operation == "read model");
      CHECK(error.cause.find(cause) != std::string::npos);
      CHECK(error.hint.find(hint) != std::string::npos);
    };
    const auto* hint = "check source.change_detection.cursor";
    check("update_at", 0ms, "'update_at' does not exist, nearest is 'updated_at'", hint);
    check("j", 0ms, "its type is json", hint);
    check("b", 0ms, "its type is binary", hint);
    check("yes", 0ms, "its type is boolean", hint);
    check("hour", 0ms, "its type is time", hint);
    check("id", 5min, "column 'id' no time: its type is integer", "overlap out");
    if (kind == product::sqlite) continue;  // its texts may be times: their values tell
    check("label", 5min, "column 'label' no time", "overlap out");
  }
  const database_fixture postgresql(product::postgresql);
  postgresql.run({"CREATE TABLE t (id INTEGER PRIMARY KEY, p point)"});
  const auto error = failure_of_opening(by_cursor(table_source(postgresql, "t"), "p"));
  CHECK(error.cause.find("'p' has no order") != std::string::npos);
  CHECK(error.hint.find("check source.change_detection.cursor") != std::string::npos);
  const database_fixture mariadb(product::mariadb);
  mariadb.run({"CREATE TABLE t (id INTEGER PRIMARY KEY, e ENUM('b','a'))"});
  CHECK(failure_of_opening(by_cursor(table_source(mariadb, "t"), "e")).cause.find("no order") !=
        std::string::npos);
}

TEST_CASE("a highest value that hides everything to come fails the pass") {
  const auto failure_of_reading = [](const database_fixture& database) {
    try {
      ids(*source::open_model("test", by_cursor(table_source(database, "t"), "c"), {}));
    } catch (const failure& e) {
      return e.info();
    }
    FAIL_CHECK("no failure");
    return error{};
  };
  for (const auto* column : {"timestamp", "double precision", "numeric"}) {
    CAPTURE(column);
    const database_fixture database(product::postgresql);
    const bool time = std::string(column) == "timestamp";
    database.run(
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, c " + std::string(column) + ")",
         std::string("INSERT INTO t VALUES (1, ") + (time ? "'infinity'" : "'NaN'") + ")"});
    const auto error = failure_of_reading(database);
    CHECK(error.cause.find("the cursor's highest value") != std::string::npos);
    CHECK(error.hint.find("correct the row") != std::string::npos);
  }
}

TEST_CASE("all parts of a pass are read in one snapshot and the value reached fits them") {
  for (const auto kind : every_database) {
    for (const bool as_query : {false, true}) {
      CAPTURE(to_string(kind));
      CAPTURE(as_query);
      const database_fixture database(kind);
      make_small_table(database);
      // Without it nobody commits while somebody reads.
      if (kind == product::sqlite) database.run({"PRAGMA journal_mode = WAL"});
      const auto reader =
          source::open_model("test",
                             by_cursor(as_query ? query_source(database, "SELECT id, v, at FROM t")
                                                : table_source(database, "t"),
                                       "at"),
                             {});
      ids(*reader);
      const starting_point from{reader->reached(), {packed_id("2"), packed_id("3")}};
      reader->begin({0}, from);
      // Once it has begun, nothing that is committed can be seen.
      database.run({"UPDATE t SET at = '2024-03-01 00:00:00' WHERE id = 2",
                    "DELETE FROM t WHERE id = 3",
                    "INSERT INTO t VALUES (12, 'new', '2024-03-01 00:00:00')"});
      set found;
      for (auto r = reader->next(); r != read_result::end; r = reader->next())
        found.insert(std::string(reader->values()[0].bytes));
      CHECK(found == set{"1", "10", "2", "3"});
      CHECK(ids(*reader, {reader->reached()}) == set{"!1", "10", "2", "12"});
    }
  }
}

// -- what it costs --------------------------------------------------------------------------------

namespace {

constexpr int many = 50'000;

/// A table t (id, shop, v, at) of many rows, one a second, with an index on `at`.
void make_large_table(const database_fixture& database, const std::string& key) {
  const auto n = std::to_string(many);
  database.run({"CREATE TABLE t (id INTEGER NOT NULL, shop INTEGER NOT NULL, v VARCHAR(20), at " +
                std::string(time_type(database.kind())) + " NULL, PRIMARY KEY (" + key + "))"});
  switch (database.kind()) {
    case product::postgresql:
      database.run(
          {"INSERT INTO t SELECT i, i % 3, 'x', timestamp '2024-01-01' + i * interval '1 s' "
           "FROM generate_series(1, " +
               n + ") AS s(i)",
           "CREATE INDEX t_at ON t (at)", "ANALYZE t"});
      break;
    case product::mariadb:
      database.run(
          {"INSERT INTO t SELECT seq, seq % 3, 'x', TIMESTAMPADD(SECOND, seq, "
           "'2024-01-01') FROM seq_1_to_" +
               n,
           "CREATE INDEX t_at ON t (at)", "ANALYZE TABLE t"});
      break;
    default:
      database.run(
          {"INSERT INTO t WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
           "WHERE i < " +
               n +
               ") SELECT i, i % 3, 'x', datetime('2024-01-01', i || ' "
               "seconds') FROM s",
           "CREATE INDEX t_at ON t (at)"});
  }
  database.run({"UPDATE t SET at = NULL WHERE id = 7"});
}

/// What the database says about how it would run `sql`, as one text.
std::string plan_of(odbc::connection& on, const std::string& sql) {
  const auto explain = on.kind() == product::sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
  std::string text;
  for (const auto& row : on.query(explain + sql)) {
    for (const auto& cell : row) text += cell.value_or("NULL") + " ";
    text += "\n";
  }
  return text;
}

bool scans_everything(product kind, const std::string& plan) {
  const auto contains = [&](const char* part) { return plan.find(part) != std::string::npos; };
  switch (kind) {
    case product::postgresql:
      return contains("Seq Scan");
    case product::mariadb:  // the type of access, behind the name of the table
      return contains(" ALL ") || contains(" t index ") || contains(" sluice_model index ");
    default:
      return contains("SCAN sluice_model") || contains("SCAN t");
  }
}

/// How many rows of `t` the server has read so far, in whatever way; SQLite does not tell.
long rows_read(const database_fixture& database) {
  auto on = database.connect();
  if (database.kind() == product::postgresql)
    return std::stol(
        *on.query("SELECT COALESCE(sum(seq_tup_read + idx_tup_fetch), 0) FROM "
                  "pg_stat_user_tables WHERE relname = 't'")[0][0]);
  // Counted from now on, for the whole server.
  on.execute("SET GLOBAL userstat = 1");
  return std::stol(
      *on.query("SELECT COALESCE(sum(rows_read), 0) FROM "
                "information_schema.table_statistics WHERE table_schema = "
                "DATABASE() AND table_name = 't'")[0][0]);
}

}  // namespace

TEST_CASE("a pass by cursor reads through indexes however it is asked") {
  for (const auto kind : every_database) {
    for (const auto* key : {"id", "shop, id"}) {
      for (const auto* where : {"", "v = 'x'"}) {
        for (const bool as_query : {false, true}) {
          if (as_query && *where != '\0') continue;
          CAPTURE(to_string(kind));
          CAPTURE(std::string(key));
          CAPTURE(std::string(where));
          CAPTURE(as_query);
          const database_fixture database(kind);
          make_large_table(database, key);
          auto source = by_cursor(as_query ? query_source(database, "SELECT id, shop, at FROM t")
                                           : table_source(database, "t"),
                                  "at", 5s);
          if (*where != '\0') source.where = where;
          if (std::string(key) != "id") source.key = {"shop", "id"};
          auto on = database.connect(odbc::purpose::read);
          const auto model = source::describe_model(on, source);
          const std::string printed =
              kind == product::sqlite ? "'2024-01-01 13:50:00'" : "2024-01-01 13:50:00";
          starting_point from{printed, {}};
          for (int i = 1; i <= 100; ++i) {
            const auto id = std::to_string(i * 17), shop = std::to_string(i * 17 % 3);
            from.keys.push_back(source.key.size() == 1 ? packed_id(id)
                                                       : packed_id(shop) + packed_id(id));
          }
          const auto parts = source::wanted_rows(kind, model, from);
          REQUIRE(parts.size() == 2);
          std::vector<std::string> statements{source::highest_value(kind, model, {}).text(),
                                              source::highest_value(kind, model, from).text()};
          source::select_statement select{.expressions = {"*"}, .relation = model.relation};
          for (const auto& text : source::texts_for(select, parts)) statements.push_back(text);
          for (const auto& statement : statements) {
            const auto plan = plan_of(on, statement);
            CAPTURE(statement.substr(0, 300));
            CAPTURE(plan);
            CHECK_FALSE(scans_everything(kind, plan));
          }
        }
      }
    }
  }
}

namespace {

/// Waits until every session has ended: PostgreSQL's tell only then what they have read.
void wait_for_sessions(const database_fixture& database) {
  if (database.kind() != product::postgresql) return;
  auto on = database.connect();
  while (on.query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                  "pid <> pg_backend_pid() AND backend_type = 'client backend'")[0][0] != "0") {
  }
}

}  // namespace

TEST_CASE("what a pass by cursor reads grows with what has changed and not with the table") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_large_table(database, "id");
    const auto source = by_cursor(table_source(database, "t"), "at");
    std::optional<std::string> reached;
    {
      const auto reader = source::open_model("test", source, {});
      reader->begin({0}, {});
      reached = reader->reached();
    }
    database.run({"UPDATE t SET v = 'y', at = '2025-01-01' WHERE id % 500 = 0"});
    wait_for_sessions(database);
    const auto before = rows_read(database);
    std::size_t rows = 0;
    {
      const auto reader = source::open_model("test", source, {});
      starting_point from{reached, {}};
      for (int i = 1; i <= 50; ++i) from.keys.push_back(packed_id(std::to_string(i)));
      rows = ids(*reader, from).size();
    }
    // A hundred changed rows, fifty by key (one of them without a cursor). The last row of before
    // is one of the hundred.
    CHECK(rows == 150);
    wait_for_sessions(database);
    const auto read = rows_read(database) - before;
    CAPTURE(read);
    CHECK(read >= 150);
    CHECK(read < 5'000);
  }
}
