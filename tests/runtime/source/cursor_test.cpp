// Passes by cursor over real databases: which rows they give.
#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "tests/runtime/source/cursor_source.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using source::read_result;
using source::starting_point;
using namespace std::chrono_literals;

namespace {

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
