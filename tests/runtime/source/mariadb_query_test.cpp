// What MariaDB answers to a query is what is read, although it is read through a temporary table.
#include <doctest/doctest.h>

#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using strings = std::vector<std::string>;

namespace {

std::vector<strings> cells_of(const std::vector<read_row>& rows) {
  std::vector<strings> out;
  for (const auto& row : rows) {
    CHECK(row.invalid == "");
    out.push_back(row.values);
  }
  return out;
}

std::vector<strings> query_values(const database_fixture& database, const std::string& query) {
  return cells_of(read_all(query_source(database, query)));
}

std::string repeated(std::string_view text, std::size_t count, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += between;
    auto one = std::string(text);
    for (auto at = one.find('#'); at != std::string::npos; at = one.find('#'))
      one.replace(at, 1, std::to_string(i));
    out += one;
  }
  return out;
}

}  // namespace

TEST_CASE("what a SELECT answers with a warning is read, from queries and views") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE o (id INT PRIMARY KEY, revenue DECIMAL(10,2), orders INT, code VARCHAR(20))",
       "INSERT INTO o VALUES (1, 10, 0, '12abc'), (2, 10, 4, '7')",
       "CREATE VIEW v AS SELECT id, revenue / orders AS a, revenue % orders AS b, CAST(code AS "
       "UNSIGNED) AS c, STR_TO_DATE(CONCAT('x', code), '%Y') AS d, DATE(code) AS e, LN(orders) AS "
       "f, code "
       "+ 0 AS g, CAST(code AS DECIMAL(3,1)) AS h FROM o"});
  const std::vector<strings> expected{
      {"integer:1", "-", "-", "integer:12", "-", "-", "-", "real:12", "decimal:12.0"},
      {"integer:2", "decimal:2.500000", "decimal:2.00", "integer:7", "-", "-",
       "real:1.3862943611198906", "real:7", "decimal:7.0"}};
  CHECK(cells_of(read_all(table_source(database, "v"))) == expected);
  CHECK(query_values(database, "SELECT * FROM v ORDER BY id") == expected);
}

TEST_CASE("texts come whole, whatever length the server takes for enough") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(3), d DOUBLE(60,30))",
                "INSERT INTO t VALUES (1, 'äöü', 1234567890123456789012345678)",
                "CREATE FUNCTION cut(x INT) RETURNS VARCHAR(5) DETERMINISTIC RETURN REPEAT('a', 5)",
                "SET @long = 'x'"});
  const auto rows =
      query_values(database,
                   "SELECT s, d, GROUP_CONCAT(s SEPARATOR ''), cut(1), (@a := REPEAT('y', 3000)), "
                   "CAST(REPEAT('9', 65) AS DECIMAL(65,0)), ELT(id, 'one'), MAKE_SET(3, s, s), "
                   "JSON_OBJECT('k', s), COLUMN_JSON(COLUMN_CREATE('k', REPEAT('z', 300))) FROM t");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0][0] == "text:äöü");
  CHECK(rows[0][1] == "real:1234567890123456900000000000.000000000000000000000000000000");
  CHECK(rows[0][2] == "text:äöü");
  CHECK(rows[0][3] == "text:aaaaa");
  CHECK(rows[0][4] == "text:" + std::string(3000, 'y'));
  CHECK(rows[0][5] == "decimal:" + std::string(65, '9'));
  CHECK(rows[0][7] == "text:äöü,äöü");
  CHECK(rows[0][8] == R"(text:{"k": "äöü"})");
  CHECK(rows[0][9] == R"(text:{"k":")" + std::string(300, 'z') + "\"}");
}

TEST_CASE("every type of a column comes from a view as it comes from its table") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE t (id INT PRIMARY KEY, g POINT, e ENUM('x','ä') CHARACTER SET latin1, s "
       "SET('p','q'), i INET6, u UUID, l VARCHAR(10) CHARACTER SET latin1, sj VARCHAR(10) "
       "CHARACTER "
       "SET sjis, u16 VARCHAR(10) CHARACTER SET utf16, y YEAR, b64 BIT(64), b1 BIT(1), tm TIME(6), "
       "j "
       "JSON, c CHAR(5), bi BINARY(4), bl BLOB, z INT(5) ZEROFILL, f FLOAT, dt DATETIME(6), ts "
       "TIMESTAMP(6) NULL, asc1 VARCHAR(5) CHARACTER SET ascii)",
       "INSERT INTO t VALUES (1, POINT(1,2), 'ä', 'p,q', '::1', "
       "'6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'äb', 'あ', '🙂', 0, 18446744073709551615, 1, "
       "'-838:59:59.999999', '{\"a\": 1}', 'ab', 'a', X'00FF', 7, 3.4e38, '2024-01-02 "
       "03:04:05.000006', '2024-01-02 03:04:05.5', 'x')",
       "INSERT INTO t (id) VALUES (2)", "CREATE VIEW v AS SELECT * FROM t"});
  auto table = read_all(table_source(database, "t"));
  auto view = read_all(table_source(database, "v"));
  // A view knows of no CHECK, which makes a text of longtext JSON.
  CHECK(table[0].values[13] == R"(json:{"a": 1})");
  CHECK(view[0].values[13] == R"(text:{"a": 1})");
  table[0].values[13] = view[0].values[13];
  CHECK(table == view);
  CHECK(table[0].values[4] == "text:::1");
  CHECK(table[0].values[7] == "text:あ");
}

TEST_CASE("the limits of a table's rows do not apply to a query") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE wide (a VARCHAR(16000), id INT PRIMARY KEY)",
                "INSERT INTO wide VALUES (REPEAT('ä', 16000), 1)",
                "CREATE TABLE n (" + repeated("c# INT", 1000, ", ") + ")",
                "INSERT INTO n VALUES (" + repeated("#", 1000, ", ") + ")"});
  const auto wide = query_values(
      database, "SELECT w1.a, w2.a AS b, w3.a AS c, w3.id FROM wide AS w1, wide AS w2, wide AS w3");
  REQUIRE(wide.size() == 1);
  for (const auto i : {0, 1, 2}) CHECK(wide[0][static_cast<std::size_t>(i)].size() == 32'005);
  CHECK(wide[0][3] == "integer:1");
  // More columns than an InnoDB table has, and texts that do not fit into one of its pages.
  const auto many = query_values(database, "SELECT " + repeated("x.c# AS x#", 1000, ", ") + ", " +
                                               repeated("y.c# AS y#", 1000, ", ") + ", " +
                                               repeated("CONCAT('text ', y.c#) AS z#", 500, ", ") +
                                               " FROM n AS x, n AS y");
  REQUIRE(many.size() == 1);
  REQUIRE(many[0].size() == 2500);
  CHECK(many[0][999] == "integer:999");
  CHECK(many[0][1001] == "integer:1");
  CHECK(many[0][2499] == "text:text 499");
}

TEST_CASE("columns that no table could have are read") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (id INT PRIMARY KEY, e ENUM('x','y'), z DATE, g POINT)",
                "SET sql_mode = ''",
                "INSERT INTO t VALUES (1, 'nothing', '0000-00-00', POINT(1,1))"});
  const auto reader = source::open_model(
      "test",
      query_source(database,
                   "SELECT 1 AS a, 2 AS A, 3 AS `blank `, 4 AS ``, NULL AS nothing, 5 AS "
                   "sluice_row, 6 AS c0, concat('a name that is longer than the sixty-four "
                   "characters of a column', '') , 7 AS `ä`, 8 AS `Ä`, e, g FROM t"),
      {});
  strings names;
  for (const auto& column : reader->columns()) names.push_back(column.name);
  CHECK(names[0] == "a");
  CHECK(names[1] == "A");
  CHECK(names[2] == "blank ");
  CHECK(names[3].empty());
  CHECK(names[9] == "Ä");
  const auto rows = read_all(*reader);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].invalid == "");
  const strings start(rows[0].values.begin(), rows[0].values.begin() + 7);
  CHECK(start ==
        strings{"integer:1", "integer:2", "integer:3", "integer:4", "-", "integer:5", "integer:6"});
  CHECK(rows[0].values[8] == "integer:7");
  CHECK(rows[0].values[9] == "integer:8");
  CHECK(rows[0].values[10] == "text:");
}

TEST_CASE("queries are read under ORACLE, ANSI and TRADITIONAL modes and in read-only sessions") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(9))", "INSERT INTO t VALUES (1, 'x')"});
  for (const std::string mode : {"ORACLE", "ANSI", "TRADITIONAL", "NO_BACKSLASH_ESCAPES"}) {
    CAPTURE(mode);
    auto source = query_source(database, "SELECT id / 0 AS a, 'a\\\\' AS b, s FROM t");
    source.odbc = config::secret_string(database.connection_string() +
                                        ";INITSTMT={SET SESSION "
                                        "sql_mode='" +
                                        mode + "', SESSION tx_read_only=1}");
    const auto rows = read_all(source);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].values ==
          strings{"-", mode == "NO_BACKSLASH_ESCAPES" ? "text:a\\\\" : "text:a\\", "text:x"});
  }
}

TEST_CASE("a backslash ends no string where the server takes it for a letter") {
  const database_fixture database(product::mariadb);
  auto source = query_source(database, R"(SELECT 'C:\' AS path, 'it''s; ' AS b;)");
  source.odbc = config::secret_string(database.connection_string() +
                                      ";INITSTMT={SET SESSION sql_mode='NO_BACKSLASH_ESCAPES'}");
  const auto rows = read_all(source);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].values == strings{R"(text:C:\)", "text:it's; "});
}
