// Names and markers that drivers and SQL read in ways of their own mean what the database means.
#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/odbc/identifiers.hpp"
#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using strings = std::vector<std::string>;

namespace {

const strings odd_names{"Sepal.Length", "a.w",        "b.w",
                        "s.t.u",        "[b]",        "b]c",
                        "q\"q",         "q`q",        "it's",
                        "q?",           "{x}",        "{fn now()}",
                        ":name",        "$1",         "--",
                        "/*",           "a;b",        "back\\slash",
                        " blank",       "select",     "rowid",
                        "ä€🙂",    "a:1",        "c0",
                        "sluice_model", "sluice_row", std::string(63, 'n')};

char quote_of(product kind) { return kind == product::mariadb ? '`' : '"'; }

/// The names that `kind` allows for the columns of a table.
strings names_for(product kind) {
  auto names = odd_names;
  // PostgreSQL cuts names at 63 bytes; MariaDB has no characters outside of the first plane in
  // them.
  if (kind == product::mariadb) names[21] = "ä€";
  if (kind == product::mariadb) names[18] = "blank in between";  // it cuts leading ones off
  if (kind != product::postgresql) names.back() += "n";
  if (kind == product::postgresql) names.emplace_back("SELECT");  // beside `select`
  return names;
}

strings names_of(const source::model_reader& reader) {
  strings names;
  for (const auto& column : reader.columns()) names.push_back(column.name);
  return names;
}

}  // namespace

TEST_CASE("columns of any name are read from tables, views and queries") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto names = names_for(kind);
    const auto quoted = [&](const std::string& name) {
      return odbc::quoted_identifier(name, quote_of(kind));
    };
    std::string columns, numbers, list;
    strings expected;
    for (std::size_t i = 0; i < names.size(); ++i) {
      columns += (i > 0 ? ", " : "") + quoted(names[i]) + " INT";
      numbers += (i > 0 ? ", " : "") + std::to_string(i);
      list += (i > 0 ? ", " : "") + quoted(names[i]);
      expected.push_back("integer:" + std::to_string(i));
    }
    database.run({"CREATE TABLE t (" + columns + ")", "INSERT INTO t VALUES (" + numbers + ")",
                  "CREATE VIEW v AS SELECT * FROM t"});
    for (const auto& source :
         {table_source(database, "t"), table_source(database, "v"),
          query_source(database, "SELECT * FROM t"),
          query_source(database, "SELECT " + list + " FROM t"),
          query_source(database, "WITH x AS (SELECT * FROM t) SELECT " + list + " FROM x")}) {
      CAPTURE(source.query.value_or(*source.table));
      const auto reader = source::open_model("test", source, {});
      CHECK(names_of(*reader) == names);
      const auto rows = read_all(*reader);
      REQUIRE(rows.size() == 1);
      CHECK(rows[0].values == expected);
    }
    // A query may name the result so, too.
    for (const auto& name : names) {
      CAPTURE(name);
      const auto reader = source::open_model(
          "test", query_source(database, "SELECT 7 AS " + quoted(name) + ", 8 AS other"), {});
      CHECK(names_of(*reader) == strings{name, "other"});
      CHECK(read_all(*reader)[0].values == strings{"integer:7", "integer:8"});
    }
  }
}

TEST_CASE("columns of any name are keys and cursors") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    for (const auto& name : names_for(kind)) {
      CAPTURE(name);
      const auto column = odbc::quoted_identifier(name, quote_of(kind));
      database.run({"DROP TABLE IF EXISTS t",
                    "CREATE TABLE t (" + column + " INT PRIMARY KEY, other INT)",
                    "INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)"});
      auto source = table_source(database, "t");
      source.key = {name};
      source.cursor = config::cursor_config{.column = name};
      const auto reader = source::open_model("test", source, {});
      std::string packed_one;
      append_value(packed_one, {value_kind::integer, "1"});
      reader->begin(all_columns(*reader), {.cursor = "2", .keys = {packed_one}});
      CHECK(reader->reached() == "3");
      strings read;
      for (auto r = reader->next(); r != source::read_result::end; r = reader->next())
        read.emplace_back(reader->values()[1].bytes);
      std::sort(read.begin(), read.end());
      CHECK(read == strings{"10", "20", "30"});
    }
  }
}

TEST_CASE("tables of any name are read") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    for (const auto& name : names_for(kind)) {
      if (kind == product::mariadb && name.find('/') != std::string::npos) continue;
      CAPTURE(name);
      const auto table = odbc::quoted_identifier(name, quote_of(kind));
      database.run({"CREATE TABLE " + table + " (id INT PRIMARY KEY)",
                    "INSERT INTO " + table + " VALUES (5)"});
      CHECK(read_all(table_source(database, table))[0].values == strings{"integer:5"});
      database.run({"DROP TABLE " + table});
    }
  }
}

TEST_CASE("names that differ in case only are two columns of a query") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const std::string query = kind == product::mariadb
                                  ? "SELECT 1 AS a, 2 AS A, 3 AS `x.y`, 4 AS `X.Y`"
                                  : R"(SELECT 1 AS a, 2 AS "A", 3 AS "x.y", 4 AS "X.Y")";
    const auto reader = source::open_model("test", query_source(database, query), {});
    CHECK(names_of(*reader) == strings{"a", "A", "x.y", "X.Y"});
    CHECK(read_all(*reader)[0].values ==
          strings{"integer:1", "integer:2", "integer:3", "integer:4"});
  }
}

TEST_CASE("two columns of one name are refused, and no two of different ones") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1)"});
    for (const auto* query : {"SELECT 1 AS a, 2 AS a", "SELECT t.id, u.id FROM t, t AS u"})
      CHECK_THROWS_WITH(
          static_cast<void>(source::open_model("test", query_source(database, query), {})),
          doctest::Contains("more than one column named"));
  }
}

TEST_CASE("SQLite's empty names and expressions are columns") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (\"\" INT, x INT)", "INSERT INTO t VALUES (1, 2)"});
  CHECK(read_all(table_source(database, "t"))[0].values == strings{"integer:1", "integer:2"});
  const auto reader = source::open_model(
      "test", query_source(database, "SELECT max(t.x), 1.5, t.x, \"\" FROM t"), {});
  CHECK(names_of(*reader) == strings{"max(t.x)", "1.5", "x", ""});
  CHECK(read_all(*reader)[0].values == strings{"integer:2", "real:1.5", "integer:2", "integer:1"});
}

TEST_CASE("markers inside of comments, strings and names are no parameters") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    strings queries{"SELECT '?' AS a -- why?\n", "SELECT /* what? */ '?' AS a",
                    "-- first?\nSELECT '?' AS a",
                    "SELECT '?' AS a FROM (SELECT ':x $1 {d ?}' AS b) AS "
                    "c WHERE b <> '?' AND b = ':x $1 {d ?}'"};
    if (kind == product::postgresql)
      for (const auto* more :
           {"SELECT $$?$$ AS a", "SELECT $q$?$q$ AS a", "SELECT E'\\x3f' AS a",
            "SELECT E'\\'?' AS b, '?' AS a", "SELECT U&'\\003f' AS a", "SELECT '?'::text AS a",
            "SELECT (ARRAY['?','x'])[1:1][1] AS b, '?' AS a",
            "SELECT '?' AS a, make_interval(days := 1)::text AS b",
            "SELECT '?' AS a WHERE 'a' ~ '^a?$' AND jsonb_exists('{\"k\":1}', 'k')"})
        queries.emplace_back(more);
    if (kind == product::mariadb)
      for (const auto* more :
           {"SELECT '?' AS a # why?\n", "SELECT \"?\" AS a", "SELECT '\\?' AS a",
            "SELECT '?' AS a, `b?` FROM (SELECT 1 AS `b?`) AS x", "SELECT '?' AS a, 5--1 AS b",
            "SELECT '?' AS a, {d '2024-01-02'} AS b, @x := 1 AS c"})
        queries.emplace_back(more);
    if (kind == product::sqlite)
      for (const auto* more :
           {"SELECT '?' AS a, `b?` FROM (SELECT 1 AS `b?`)",
            "SELECT '?' AS a, [b?] FROM (SELECT 1 AS [b?])",
            "SELECT '?' AS a, [it's] FROM (SELECT 1 AS [it's])", "SELECT '?' AS a /* open?",
            "SELECT '?' AS a, `c``?` FROM (SELECT 1 AS \"c`?\")"})
        queries.emplace_back(more);
    for (const auto& query : queries) {
      CAPTURE(query);
      const auto reader = source::open_model("test", query_source(database, query), {});
      const auto names = names_of(*reader);
      const auto a =
          static_cast<std::size_t>(std::find(names.begin(), names.end(), "a") - names.begin());
      const auto rows = read_all(*reader);
      REQUIRE(rows.size() == 1);
      REQUIRE(a < names.size());
      CHECK(rows[0].values[a] == "text:?");
    }
  }
}
