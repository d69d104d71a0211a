// Cursors and keys of every type that the databases have.
#include <doctest/doctest.h>

#include <map>

#include "tests/runtime/source/cursor_source.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using source::read_result;
using source::starting_point;
using namespace std::chrono_literals;

namespace {

struct column {
  const char* type;
  std::vector<const char*> values;
};

/// Types that have an order, each with three values of it, ascending.
const std::map<product, std::vector<column>> ordered_columns{
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

/// Types that a key may have, with values that are not easily found again.
const std::map<product, std::vector<column>> key_columns{
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

}  // namespace

TEST_CASE("every type with an order carries a cursor exactly") {
  for (const auto& [kind, all] : ordered_columns) {
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
  for (const auto& [kind, all] : key_columns) {
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
