// Rows by keys as people write them, over real databases.
#include "runtime/source/chosen_key.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "tests/runtime/source/cursor_source.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;

namespace {

/// The rows with these keys.
set rows_of(source::model_reader& reader, std::initializer_list<const char*> keys) {
  source::starting_point from;
  from.only_keys = true;
  for (const auto* const key : keys) from.keys.push_back(reader.packed_key(key));
  return ids(reader, from);
}

std::string refusal(const source::model_reader& reader, const char* key) {
  try {
    static_cast<void>(reader.packed_key(key));
  } catch (const failure& f) {
    CHECK(f.info().code == errc::usage);
    return f.info().cause;
  }
  return "";
}

config::source_config keyed(config::source_config source, std::vector<std::string> key) {
  source.key = std::move(key);
  return source;
}

}  // namespace

TEST_CASE("rows are found by keys of each kind, as JSON has them") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE numbers (id BIGINT PRIMARY KEY)",
                  "INSERT INTO numbers VALUES (7), (-8), (9007199254740993)",
                  "CREATE TABLE texts (id VARCHAR(40) PRIMARY KEY)",
                  "INSERT INTO texts VALUES ('it''s'), ('7'), ('a b')",
                  "CREATE TABLE days (id DATE PRIMARY KEY)",
                  "INSERT INTO days VALUES ('2024-02-29'), ('2024-03-01')",
                  "CREATE TABLE amounts (id DECIMAL(20,2) PRIMARY KEY)",
                  "INSERT INTO amounts VALUES (1.50), (2.25)"});
    const auto open = [&](const char* table) {
      return source::open_model("test", keyed(table_source(database, table), {"id"}), {});
    };
    CHECK(rows_of(*open("numbers"), {R"({"id": 7})", R"({"id": 1})"}) == set{"7"});
    CHECK(rows_of(*open("numbers"), {R"({"id": 9007199254740993})"}) == set{"9007199254740993"});
    CHECK(rows_of(*open("numbers"), {R"({"id": "-8"})"}) == set{"-8"});
    CHECK(rows_of(*open("texts"), {R"({"id": "it's"})", R"({"id": "7"})"}) == set{"it's", "7"});
    CHECK(rows_of(*open("texts"), {R"({"id": "' OR 1=1 --"})"}).empty());
    CHECK(rows_of(*open("days"), {R"({"id": "2024-02-29"})"}) == set{"2024-02-29"});
    CHECK(rows_of(*open("amounts"), {R"({"id": "1.50"})"}).size() == 1);
    CHECK(rows_of(*open("amounts"), {}).empty());
  }
}

TEST_CASE("rows are found by all columns of their key, in tables and in queries") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (v INTEGER, a INTEGER, b VARCHAR(20), PRIMARY KEY (a, b))",
                  "INSERT INTO t VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 2, 'x')"});
    for (const auto& source :
         {table_source(database, "t"), query_source(database, "SELECT v, a, b FROM t")}) {
      const auto reader = source::open_model("test", keyed(source, {"a", "b"}), {});
      CHECK(rows_of(*reader, {R"({"b": "x", "a": 1})"}) == set{"1"});
      CHECK(rows_of(*reader, {R"({"a": 1, "b": "y"})", R"({"a": 2, "b": "x"})"}) == set{"2", "3"});
    }
  }
}

TEST_CASE("rows by key are read where the cursor does not reach, too") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER)",
                  "INSERT INTO t VALUES (1, 5), (2, 9)"});
    const auto reader =
        source::open_model("test", by_cursor(table_source(database, "t"), "at"), {});
    CHECK(rows_of(*reader, {R"({"id": 1})"}) == set{"1"});
    CHECK_FALSE(reader->reached());
  }
}

TEST_CASE("what names no row is refused with the columns of the key") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (id INTEGER, part TEXT, raw BLOB)"});
  const auto reader =
      source::open_model("test", keyed(table_source(database, "t"), {"id", "part"}), {});
  CHECK(refusal(*reader, "7") == "it is no JSON object");
  CHECK(refusal(*reader, "{") == "it is no JSON object");
  CHECK(refusal(*reader, R"({"id": 7})") == "column 'part' of the key is missing");
  CHECK(refusal(*reader, R"({"id": 7, "part": null})") ==
        "the value of column 'part' names no row");
  CHECK(refusal(*reader, R"({"id": [7], "part": "x"})") == "the value of column 'id' names no row");
  CHECK(refusal(*reader, R"({"id": 7, "part": "x", "more": 1})") ==
        "it has members that are no columns of the key");
  CHECK(refusal(*reader, R"({"id": 7, "part": "x"})").empty());
  const auto raw = source::open_model("test", keyed(table_source(database, "t"), {"raw"}), {});
  CHECK(refusal(*raw, R"({"raw": "00"})") == "column 'raw' is binary, and JSON has no such values");
}
