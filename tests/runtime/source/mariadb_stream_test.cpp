// Paging by key must neither lose nor repeat a row, whatever the key is made of.
#include <doctest/doctest.h>

#include <set>

#include "runtime/source/describe_mariadb.hpp"
#include "runtime/source/page_size.hpp"
#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;

namespace {

/// More rows than the first two pages have.
constexpr std::size_t rows = 4 * source::page_size::first_rows + 700;

std::size_t paged_columns(const database_fixture& database, std::string_view table) {
  auto connection = database.connect(odbc::purpose::read);
  return source::mariadb_page_order(connection, table).size();
}

/// Reads `table` and checks that each row came exactly once.
void check_complete(const database_fixture& database, const std::string& table) {
  const auto expected =
      std::stoul(*database.connect().query("SELECT count(*) FROM " + table)[0][0]);
  const auto read = read_all(table_source(database, table));
  CHECK(read.size() == expected);
  std::set<std::vector<std::string>> distinct;
  for (const auto& row : read) distinct.insert(row.values);
  CHECK(distinct.size() == expected);
}

std::string filling(const std::string& table, const std::string& values) {
  return "INSERT INTO " + table + " SELECT " + values + " FROM seq_1_to_" + std::to_string(rows);
}

}  // namespace

TEST_CASE("keys of numbers are paged") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE one (id BIGINT UNSIGNED PRIMARY KEY, v INT)",
                filling("one", "18446744073709551615 - seq * 3, seq"),
                "CREATE TABLE two (a INT, b DECIMAL(20,5), c INT, PRIMARY KEY (a, b))",
                filling("two", "CAST(seq AS SIGNED) % 3 - 1, CAST(seq AS SIGNED) / 7 - 20, seq")});
  CHECK(paged_columns(database, "one") == 1);
  CHECK(paged_columns(database, "two") == 2);
  check_complete(database, "one");
  check_complete(database, "two");
}

TEST_CASE("keys of text are paged in the collation that keeps them unique") {
  const database_fixture database(product::mariadb);
  for (const auto* collation :
       {"utf8mb4_general_ci", "utf8mb4_bin", "utf8mb4_nopad_bin", "utf8mb4_unicode_ci",
        "latin1_swedish_ci", "latin1_german2_ci", "latin1_bin", "utf8mb4_german2_ci"}) {
    CAPTURE(collation);
    const std::string set(collation, std::string_view(collation).find('_'));
    // Umlauts, quotes, backslashes, trailing blanks and both cases, as far as they are distinct.
    database.run({"CREATE OR REPLACE TABLE t (k VARCHAR(60) CHARACTER SET " + set + " COLLATE " +
                      collation + " PRIMARY KEY, v INT)",
                  "INSERT IGNORE INTO t SELECT CONCAT(ELT(seq % 8 + 1, 'ä', 'a', 'Z', 'ß', 'ss', "
                  "'\\'', '\\\\', 'é '), seq DIV 3, ELT(seq % 4 + 1, '', ' ', 'Ä', 'x')), seq FROM "
                  "seq_1_to_" +
                      std::to_string(rows)});
    CHECK(paged_columns(database, "t") == 1);
    check_complete(database, "t");
  }
}

TEST_CASE("keys of bytes are paged") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE t (k BINARY(16) PRIMARY KEY, v INT)", filling("t", "unhex(md5(seq)), seq")});
  CHECK(paged_columns(database, "t") == 1);
  check_complete(database, "t");
}

TEST_CASE("tables whose key cannot be paged exactly are copied instead") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE no_key (a INT, b INT)", filling("no_key", "IF(seq % 2 = 0, NULL, seq), seq"),
       "CREATE TABLE nullable (a INT UNIQUE, b INT)",
       filling("nullable", "IF(seq % 2 = 0, NULL, seq), seq"),
       "CREATE TABLE prefix (k VARCHAR(100), v INT, PRIMARY KEY (k(10)))",
       filling("prefix", "CONCAT(seq, REPEAT('x', 20)), seq"),
       "CREATE TABLE floating (k DOUBLE PRIMARY KEY, v INT)", filling("floating", "seq / 7e0, seq"),
       "CREATE TABLE moments (k DATETIME(6) PRIMARY KEY, v INT)",
       filling("moments", "TIMESTAMPADD(MICROSECOND, seq, '2024-01-01'), seq"),
       "CREATE TABLE enums (k ENUM('b','a') , n INT, PRIMARY KEY (k, n))",
       filling("enums", "seq % 2 + 1, seq"),
       "CREATE TABLE unsafe (k INT PRIMARY KEY, v INT) ENGINE=MyISAM",
       filling("unsafe", "seq, seq"), "CREATE VIEW seen AS SELECT a, b FROM no_key"});
  for (const auto* table :
       {"no_key", "nullable", "prefix", "floating", "moments", "enums", "unsafe", "seen"}) {
    CAPTURE(table);
    CHECK(paged_columns(database, table) == 0);
    check_complete(database, table);
  }
}

TEST_CASE("doubles of any length survive the copy") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (f FLOAT, d DOUBLE)",
                "INSERT INTO t VALUES (-1.5e-30, -2.2250738585072014e-308)"});
  const auto rows = read_all(table_source(database, "t"));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].values ==
        std::vector<std::string>{"real:-1.5e-30", "real:-2.2250738585072014e-308"});
}

TEST_CASE("a page is read through the index and not by looking at all rows before it") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (a INT, b VARCHAR(20) CHARACTER SET latin1, PRIMARY KEY (a, b))",
                filling("t", "seq % 3, seq"), "ANALYZE TABLE t"});
  auto connection = database.connect(odbc::purpose::read);
  const auto order = source::mariadb_page_order(connection, "t");
  REQUIRE(order.size() == 2);
  const auto plan = connection.query("EXPLAIN SELECT a FROM t AS sluice_model WHERE " +
                                     source::behind(order, {source::page_literal(order[0], "2"),
                                                            source::page_literal(order[1], "99")}) +
                                     " ORDER BY a, b LIMIT 10");
  CHECK(plan[0][3] == "range");
  CHECK(plan[0][5] == "PRIMARY");
}

TEST_CASE("the empty table and exactly full pages end where they should") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (id INT PRIMARY KEY)"});
  check_complete(database, "t");
  database.run(
      {"INSERT INTO t SELECT seq FROM seq_1_to_" + std::to_string(source::page_size::first_rows)});
  check_complete(database, "t");
}
