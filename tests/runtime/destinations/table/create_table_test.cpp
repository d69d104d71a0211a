#include "runtime/destinations/table/create_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <thread>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

std::unique_ptr<destination> creating(const database_fixture& database,
                                      const std::string& table = "made") {
  return make_odbc_destination({config::secret_string(database.connection_string()), table, true});
}

const std::vector<named_kind> every_kind{
    {"id", value_kind::integer},        {"flag", value_kind::boolean},
    {"price", value_kind::decimal},     {"ratio", value_kind::real},
    {"note", value_kind::text},         {"doc", value_kind::json},
    {"bytes", value_kind::binary},      {"born", value_kind::date},
    {"at", value_kind::time},           {"seen", value_kind::timestamp},
    {"sent", value_kind::timestamp_tz}, {"ref", value_kind::uuid}};

const std::vector<value_view> every_value{
    {value_kind::integer, "9223372036854775807"},
    {value_kind::boolean, "1"},
    {value_kind::decimal, "-1234567890123456789012345678.0123456789"},
    {value_kind::real, "0.30000000000000004"},
    {value_kind::text, "\xf0\x9f\x98\x80 it's \"quoted\" \\ ?"},
    {value_kind::json, R"({"a": [1, "x"]})"},
    {value_kind::binary, std::string_view("\0\xff'\\\"?", 6)},
    {value_kind::date, "2026-01-31"},
    {value_kind::time, "09:08:07.123456"},
    {value_kind::timestamp, "2026-01-31T09:08:07.123456"},
    {value_kind::timestamp_tz, "2026-01-31T09:08:07.123456Z"},
    {value_kind::uuid, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}};

/// How each database is asked for the values above as text, and what it says.
struct reading {
  const char* sql;
  std::vector<std::string> expected;
};

const std::map<product, reading> readings{
    {product::postgresql,
     {"SELECT id::text, flag::text, price::text, ratio::text, note, doc::text, encode(bytes, "
      "'hex'), "
      "born::text, at::text, seen::text, (sent AT TIME ZONE 'UTC')::text, ref::text FROM made",
      {"9223372036854775807", "true", "-1234567890123456789012345678.0123456789",
       "0.30000000000000004", "\xf0\x9f\x98\x80 it's \"quoted\" \\ ?", R"({"a": [1, "x"]})",
       "00ff275c223f", "2026-01-31", "09:08:07.123456", "2026-01-31 09:08:07.123456",
       "2026-01-31 09:08:07.123456", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}}},
    {product::mariadb,
     {"SELECT id, flag, price, CAST(ratio AS CHAR), note, doc, LOWER(HEX(bytes)), CAST(born AS "
      "CHAR), "
      "CAST(at AS CHAR), CAST(seen AS CHAR), CAST(sent AS CHAR), ref FROM made",
      {"9223372036854775807", "1", "-1234567890123456789012345678.012345678900000000000000000000",
       "0.30000000000000004", "\xf0\x9f\x98\x80 it's \"quoted\" \\ ?", R"({"a": [1, "x"]})",
       "00ff275c223f", "2026-01-31", "09:08:07.123456", "2026-01-31 09:08:07.123456",
       "2026-01-31 09:08:07.123456", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}}},
    {product::sqlite,
     {"SELECT CAST(id AS TEXT) || typeof(id), CAST(flag AS TEXT) || typeof(flag), price || "
      "typeof(price), printf('%!.17g', ratio) || typeof(ratio), note, doc, lower(hex(bytes)) || "
      "typeof(bytes), born || '', at || '', seen || '', sent || '', ref FROM made",
      {"9223372036854775807integer", "1integer", "-1234567890123456789012345678.0123456789text",
       "0.30000000000000004real", "\xf0\x9f\x98\x80 it's \"quoted\" \\ ?", R"({"a": [1, "x"]})",
       "00ff275c223fblob", "2026-01-31", "09:08:07.123456", "2026-01-31 09:08:07.123456",
       "2026-01-31 09:08:07.123456", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}}}};

}  // namespace

TEST_CASE("a created table holds every kind of value exactly") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto out = creating(database);
    out->open(context_of(every_kind), {});
    CHECK(out->deliver(upserts({every_value})).fates == std::vector{fate::delivered});
    const auto& [sql, expected] = readings.at(kind);
    const auto row = database.connect().query(sql).at(0);
    REQUIRE(row.size() == expected.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      CAPTURE(every_kind[i].name);
      CHECK(row[i].value_or("NULL") == expected[i]);
    }
  }
}

TEST_CASE("a created table holds NULL in every column outside of the key") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto out = creating(database);
    out->open(context_of(every_kind), {});
    std::vector<value_view> nulls(every_kind.size());
    nulls[0] = integer("1");
    out->deliver(upserts({every_value}));
    CHECK(out->deliver(upserts({nulls})).fates == std::vector{fate::delivered});
    const auto row = database.connect().query("SELECT * FROM made WHERE id = 1").at(0);
    for (std::size_t i = 1; i < row.size(); ++i) CHECK_FALSE(row[i].has_value());
  }
}

TEST_CASE("every kind can be a key and keys differ in every character") {
  for (const auto kind : every_database) {
    for (std::size_t i = 0; i < every_kind.size(); ++i) {
      if (every_kind[i].kind == value_kind::json) continue;  // no database compares them
      CAPTURE(to_string(kind));
      CAPTURE(every_kind[i].name);
      const database_fixture database(kind);
      auto out = creating(database);
      out->open(context_of({every_kind[i], {"note2", value_kind::text}}), {});
      CHECK(out->deliver(upserts({{every_value[i], text("one")}})).fates[0] == fate::delivered);
      CHECK(out->deliver(upserts({{every_value[i], text("two")}})).fates[0] == fate::delivered);
      auto connection = database.connect();
      CHECK(connection.query("SELECT note2 FROM made") ==
            std::vector<std::vector<std::optional<std::string>>>{{"two"}});
      CHECK(out->deliver(erases({{every_value[i]}})).fates[0] == fate::delivered);
      CHECK(connection.query("SELECT note2 FROM made").empty());
    }
  }
}

TEST_CASE("text keys that differ in case or trailing blanks are different keys") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto out = creating(database);
    out->open(context_of({{"code", value_kind::text}, {"n", value_kind::integer}}), {});
    CHECK(out->deliver(upserts({{text("a"), integer("1")},
                                {text("A"), integer("2")},
                                {text("a "), integer("3")},
                                {text("\xc3\xa4"), integer("4")}}))
              .rejections.empty());
    CHECK(out->deliver(erases({{text("A")}})).rejections.empty());
    auto connection = database.connect();
    CHECK(connection.query("SELECT n FROM made ORDER BY n") ==
          std::vector<std::vector<std::optional<std::string>>>{{"1"}, {"3"}, {"4"}});
  }
}

TEST_CASE("several writers may create the table at once") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    constexpr int writers = 6;
    std::vector<std::string> problems(writers);
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w)
      threads.emplace_back([&, w] {
        problems[static_cast<std::size_t>(w)] = failure_text([&] {
          const auto key = std::to_string(w);
          auto out = creating(database);
          out->open(context_of({{"id", value_kind::integer}}), {});
          if (out->deliver(upserts({{integer(key)}})).fates[0] != fate::delivered)
            throw failure(errc::internal, "deliver", key, "not delivered");
        });
      });
    for (auto& t : threads) t.join();
    for (const auto& p : problems) CHECK(p == "");
    CHECK(database.connect().query("SELECT id FROM made").size() == writers);
  }
}

TEST_CASE("a table that exists is not created again") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE made (id INTEGER PRIMARY KEY)", "INSERT INTO made VALUES (7)"});
    creating(database)->open(context_of({{"id", value_kind::integer}}), {});
    CHECK(database.connect().query("SELECT id FROM made").size() == 1);
  }
}

TEST_CASE("probing creates neither a table nor a database file") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    creating(database)->probe(context_of({{"id", value_kind::integer}}), {});
    CHECK_THROWS_AS(database.connect().query("SELECT * FROM made"), odbc::odbc_error);
  }
  const temp_dir folder;
  const auto file = folder.path() / "none.db";
  auto out = make_odbc_destination(
      {config::secret_string("Driver=SQLite3;Database=" + file.string()), "made", true});
  CHECK(contains(failure_text([&] {
                   out->probe(context_of({{"id", value_kind::integer}}), {});
                 }),
                 "none.db"));
  CHECK_FALSE(std::filesystem::exists(file));
}
