// Values of every type of each database come out exactly, or as an invalid row that says why.
#include <doctest/doctest.h>

#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using strings = std::vector<std::string>;

namespace {

strings kinds(const config::source_config& source) {
  strings out;
  const auto reader = source::open_model("test", source, {});
  for (const auto& column : reader->columns())
    out.push_back(column.name + ":" + std::string(to_string(column.kind)));
  return out;
}

strings declared(const config::source_config& source) {
  strings out;
  const auto reader = source::open_model("test", source, {});
  for (const auto& column : reader->columns()) out.push_back(column.declared);
  return out;
}

}  // namespace

TEST_CASE("PostgreSQL values are exact") {
  const database_fixture database(product::postgresql);
  database.run(
      {"CREATE TYPE mood AS ENUM ('sad', 'ok')",
       "CREATE DOMAIN positive AS numeric CHECK (value > 0)",
       "CREATE DOMAIN inner_positive AS positive",
       "CREATE TABLE t (id int8 PRIMARY KEY, b bool, i2 int2, n numeric, f4 float4, f8 float8, s "
       "text, "
       "v varchar(20), c char(4), d date, t time, tz timetz, ts timestamp, tstz timestamptz, iv "
       "interval, u uuid, j json, jb jsonb, by bytea, arr int[], m mood, dom inner_positive, ip "
       "inet, x xml, bits bit(3))",
       "INSERT INTO t VALUES (9223372036854775807, true, -32768, "
       "123456789012345678901234567890.0123456789, 0.1, 0.1::float8 + 0.2, E'O''Brien \"x\" \\\\ "
       "(a,b)\\n🙂', '', 'ab', '2024-02-29', '23:59:59.5', '12:00:00+02', '2024-01-02 "
       "03:04:05.000600', '2024-01-02 03:04:05.5+02', '1 day 02:00', "
       "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{\"a\": [1, \"x\\\"y\"]}', '{\"b\":1}', "
       "'\\x00ff22', '{1,NULL,3}', 'ok', 7.5, '10.0.0.1/8', '<a>&amp;</a>', '101')",
       "INSERT INTO t (id) VALUES (-1)",
       "INSERT INTO t (id, n, f8, f4) VALUES (2, 'NaN', '-Infinity', 'NaN')"});
  const auto source = query_source(database, "SELECT * FROM t ORDER BY id DESC");
  CHECK(kinds(source) == strings{"id:integer",   "b:boolean",
                                 "i2:integer",   "n:decimal",
                                 "f4:real",      "f8:real",
                                 "s:text",       "v:text",
                                 "c:text",       "d:date",
                                 "t:time",       "tz:text",
                                 "ts:timestamp", "tstz:timestamp_tz",
                                 "iv:text",      "u:uuid",
                                 "j:json",       "jb:json",
                                 "by:binary",    "arr:text",
                                 "m:text",       "dom:decimal",
                                 "ip:text",      "x:text",
                                 "bits:text"});
  const auto rows = read_all(source);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].invalid == "");
  CHECK(rows[0].values == strings{"integer:9223372036854775807",
                                  "boolean:1",
                                  "integer:-32768",
                                  "decimal:123456789012345678901234567890.0123456789",
                                  "real:0.1",
                                  "real:0.30000000000000004",
                                  "text:O'Brien \"x\" \\ (a,b)\n🙂",
                                  "text:",
                                  "text:ab  ",
                                  "date:2024-02-29",
                                  "time:23:59:59.5",
                                  "text:12:00:00+02",
                                  "timestamp:2024-01-02T03:04:05.0006",
                                  "timestamp_tz:2024-01-02T01:04:05.5Z",
                                  "text:1 day 02:00:00",
                                  "uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                  "json:{\"a\": [1, \"x\\\"y\"]}",
                                  "json:{\"b\": 1}",
                                  std::string("binary:\0\xff\"", 10),
                                  "text:{1,NULL,3}",
                                  "text:ok",
                                  "decimal:7.5",
                                  "text:10.0.0.1/8",
                                  "text:<a>&amp;</a>",
                                  "text:101"});
  CHECK(rows[1].values[3] == "real:NaN");
  CHECK(rows[1].values[4] == "real:NaN");
  CHECK(rows[1].values[5] == "real:-Infinity");
  strings nulls(25, "-");
  nulls[0] = "integer:-1";
  CHECK(rows[2].values == nulls);
}

TEST_CASE("PostgreSQL dates that ISO 8601 cannot write make their row invalid and no other") {
  const database_fixture database(product::postgresql);
  database.run(
      {"CREATE TABLE t (id int, d date, ts timestamptz)",
       "INSERT INTO t VALUES (1, 'infinity', now()), (2, '2024-01-01', '-infinity'), (3, "
       "'0044-03-15 BC', '12024-01-01 00:00:00Z'), (4, '9999-12-31', '0001-01-01 00:00:00Z')"});
  const auto rows = read_all(query_source(database, "SELECT * FROM t ORDER BY id"));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].invalid ==
        "column 'd': the value 'infinity' is not a date between the years 1 and 9999 (a query can "
        "give d::text, or NULLIF for what stands for no value)");
  CHECK(rows[0].values[0] == "integer:1");
  CHECK(rows[0].values[1] == "-");
  CHECK(rows[1].invalid.starts_with("column 'ts': the value '-infinity' is not a point in time"));
  CHECK(rows[1].values[1] == "date:2024-01-01");
  CHECK(rows[2].invalid.find("'0044-03-15 BC'") != std::string::npos);
  CHECK(rows[2].invalid.find("; column 'ts'") != std::string::npos);
  CHECK(rows[3] ==
        read_row{"", {"integer:4", "date:9999-12-31", "timestamp_tz:0001-01-01T00:00:00Z"}});
}

TEST_CASE("MariaDB values are exact") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, b TINYINT(1), bit1 BIT(1), bit9 BIT(9), zf "
       "INT(6) ZEROFILL, n DECIMAL(38,10), f FLOAT, d DOUBLE, s LONGTEXT, v VARCHAR(20) CHARACTER "
       "SET "
       "latin1, dt DATE, ti TIME(3), dti DATETIME(6), ts TIMESTAMP(6) NULL, y YEAR, j JSON, e "
       "ENUM('x','y'), bi VARBINARY(10), bl LONGBLOB, u UUID, ip INET6)",
       "SET time_zone = '+00:00'",
       "INSERT INTO t VALUES (18446744073709551615, 1, b'1', b'100000001', 42, "
       "1234567890123456789012345678.0123456789, 0.1, 0.1e0 + 0.2e0, 'O''Brien \"x\" \\\\ 🙂', "
       "'größe', '2024-02-29', '23:59:59.5', '2024-01-02 03:04:05.000600', '2024-01-02 03:04:05', "
       "2024, '{\"a\": 1}', 'y', x'00ff22', x'5c00', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', "
       "'::1')",
       "INSERT INTO t (id, b, ti, f) VALUES (1, 5, '-838:59:59', 16777217)",
       "INSERT INTO t (id, s, bl) VALUES (0, '', '')"});
  const strings expected{"integer:18446744073709551615",
                         "boolean:1",
                         "boolean:1",
                         "integer:257",
                         "integer:42",
                         "decimal:1234567890123456789012345678.0123456789",
                         "real:0.1",
                         "real:0.30000000000000004",
                         "text:O'Brien \"x\" \\ 🙂",
                         "text:größe",
                         "date:2024-02-29",
                         "time:23:59:59.5",
                         "timestamp:2024-01-02T03:04:05.0006",
                         "timestamp_tz:2024-01-02T03:04:05Z",
                         "integer:2024",
                         "json:{\"a\": 1}",
                         "text:y",
                         std::string("binary:\0\xff\"", 10),
                         std::string("binary:\\\0", 9),
                         "uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                         "text:::1"};
  for (const bool as_query : {false, true}) {
    CAPTURE(as_query);
    const auto source = as_query ? query_source(database, "SELECT * FROM t ORDER BY id")
                                 : table_source(database, "t");
    const auto rows = read_all(source);
    REQUIRE(rows.size() == 3);
    auto last = expected;
    if (as_query) last[15] = "text:{\"a\": 1}";  // JSON is only a check on the table's column
    CHECK(rows[2].invalid == "");
    CHECK(rows[2].values == last);
    CHECK(rows[1].values[1] == "integer:5");
    CHECK(rows[1].values[11] == "text:-838:59:59.000");
    CHECK(rows[1].values[6] == "real:16777216");
    CHECK(rows[0].values[8] == "text:");
    CHECK(rows[0].values[18] == "binary:");
    CHECK(rows[0].values[9] == "-");
  }
}

TEST_CASE("MariaDB zero dates make their row invalid and no other") {
  const database_fixture database(product::mariadb);
  database.run({"SET sql_mode = ''"});
  auto connection = database.connect();
  connection.execute("SET sql_mode = ''");
  connection.execute("CREATE TABLE t (id INT PRIMARY KEY, d DATE, ts DATETIME)");
  connection.execute(
      "INSERT INTO t VALUES (1, '0000-00-00', '2024-01-01'), (2, '2024-01-01', '0000-00-00'), (3, "
      "'2024-00-10', NULL), (4, '2024-01-01', NULL)");
  for (const bool as_query : {false, true}) {
    CAPTURE(as_query);
    const auto rows = read_all(as_query ? query_source(database, "SELECT * FROM t ORDER BY id")
                                        : table_source(database, "t"));
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].invalid.find("'0000-00-00' is not a date") != std::string::npos);
    CHECK(rows[0].values[2] == "timestamp:2024-01-01T00:00:00");
    CHECK(rows[1].invalid.find("column 'ts'") != std::string::npos);
    CHECK(rows[2].invalid.find("2024-00-10") != std::string::npos);
    CHECK(rows[3].invalid == "");
  }
}

TEST_CASE("SQLite values keep their own types exactly") {
  const database_fixture database(product::sqlite);
  database.run(
      {"CREATE TABLE t (id INTEGER PRIMARY KEY, i BIGINT, s TEXT, r REAL, n NUMERIC, b BOOLEAN, d "
       "DATE, ts TIMESTAMP, j JSON, u UUID, x BLOB, any_type)",
       "INSERT INTO t VALUES (1, 9223372036854775807, 'O''Brien \"x\" \\ 🙂', 0.1 + 0.2, 12.5, "
       "1, "
       "'2024-02-29', '2024-01-02 03:04:05.5', '{\"a\": [1]}', "
       "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', x'00ff22', 1.0)",
       "INSERT INTO t VALUES (2, 'abc', x'ff00', 9e999, 'n/a', 'true', 1704153600, 'soon', NULL, "
       "'no', 'text', x'')",
       "INSERT INTO t VALUES (3, 1.5, '42', 7, 1e300, 5, NULL, '2024-01-02T03:04:05Z', 'null', "
       "NULL, 12, '')",
       "INSERT INTO t (id, s) VALUES (4, 'a' || char(0) || 'b')"});
  for (const bool as_query : {false, true}) {
    CAPTURE(as_query);
    const auto source = as_query ? query_source(database, "SELECT * FROM t ORDER BY id;")
                                 : table_source(database, "t");
    CHECK(kinds(source) == strings{"id:integer", "i:integer", "s:text", "r:real", "n:decimal",
                                   "b:boolean", "d:date", "ts:timestamp", "j:json", "u:uuid",
                                   "x:binary", "any_type:text"});
    const auto rows = read_all(source);
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].values == strings{"integer:1", "integer:9223372036854775807",
                                    "text:O'Brien \"x\" \\ 🙂", "real:0.30000000000000004",
                                    "decimal:12.5", "boolean:1", "date:2024-02-29",
                                    "timestamp:2024-01-02T03:04:05.5", "json:{\"a\": [1]}",
                                    "uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                    std::string("binary:\0\xff\"", 10), "real:1"});
    CHECK(rows[1].values == strings{"integer:2", "text:abc", std::string("binary:\xff\0", 9),
                                    "real:Infinity", "text:n/a", "boolean:1", "integer:1704153600",
                                    "text:soon", "-", "text:no", "text:text", "binary:"});
    CHECK(rows[2].values == strings{"integer:3", "real:1.5", "text:42", "real:7", "decimal:1e+300",
                                    "integer:5", "-", "timestamp_tz:2024-01-02T03:04:05Z",
                                    "json:null", "-", "integer:12", "text:"});
    CHECK(rows[3].values[2] == std::string("text:a\0b", 8));
  }
}

TEST_CASE("SQLite numbers at the edges of what integers and doubles hold are read exactly") {
  const database_fixture database(product::sqlite);
  // What a value is in a column: a table's columns convert some, a query's expressions none.
  struct edge {
    const char* literal;
    const char* as_expression;
    const char* in_bigint;
    const char* in_numeric;
  };
  const edge edges[] = {
      {"9007199254740993", "integer:9007199254740993", "integer:9007199254740993",
       "decimal:9007199254740993"},
      {"9007199254740991.0", "real:9007199254740991", "integer:9007199254740991",
       "decimal:9007199254740991"},
      {"-9223372036854775808", "integer:-9223372036854775808", "integer:-9223372036854775808",
       "decimal:-9223372036854775808"},
      {"-9223372036854775808.0", "real:-9223372036854775808", "real:-9223372036854775808",
       "decimal:-9223372036854775808"},
      {"999999999999999.0", "real:999999999999999", "integer:999999999999999",
       "decimal:999999999999999"},
      {"123456789012345.67", "real:123456789012345.67", "real:123456789012345.67",
       "decimal:123456789012345.67"},
      {"0.1 + 0.2", "real:0.30000000000000004", "real:0.30000000000000004",
       "decimal:0.30000000000000004"},
      {"-0.0", "real:0", "integer:0", "decimal:0"},
      {"1e15", "real:1e+15", "integer:1000000000000000", "decimal:1000000000000000"},
      {"-9e999", "real:-Infinity", "real:-Infinity", "real:-Infinity"}};
  for (const auto& e : edges) {
    CAPTURE(std::string(e.literal));
    const std::string literal = e.literal;
    database.run({"DROP TABLE IF EXISTS t",
                  "CREATE TABLE t (id INTEGER PRIMARY KEY, i BIGINT, n "
                  "NUMERIC, d TIMESTAMP, r REAL)",
                  "INSERT INTO t SELECT 1, v, v, v, v FROM (SELECT " + literal + " AS v)"});
    const auto expressions =
        read_all(query_source(database, "SELECT 1 AS id, " + literal + " AS v"));
    CHECK(expressions.at(0).values.at(1) == e.as_expression);
    const auto stored = read_all(table_source(database, "t")).at(0).values;
    CHECK(stored.at(1) == e.in_bigint);
    CHECK(stored.at(2) == e.in_numeric);
    const auto number = [](const std::string& shown) { return shown.substr(shown.find(':') + 1); };
    // A REAL column holds the double; a column declared as a time holds what NUMERIC holds.
    CHECK(std::stod(number(stored.at(4))) == std::stod(number(e.as_expression)));
    CHECK(number(stored.at(3)) == number(e.in_numeric));
  }
}

TEST_CASE(
    "text that is not UTF-8 and malformed JSON make their row invalid with the column named") {
  const database_fixture database(product::sqlite);
  database.run(
      {"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, j JSON)",
       "INSERT INTO t VALUES (1, CAST(x'61ff' AS TEXT), '1'), (2, 'ok', '{'), (3, 'ok', '2')"});
  const auto reader = source::open_model("test", table_source(database, "t"), {});
  reader->begin({0, 2, 1});
  REQUIRE(reader->next() == source::read_result::invalid_row);
  CHECK(reader->invalid_reason() == "column 'name': the value is not valid UTF-8");
  CHECK(reader->invalid_cells() == std::vector<std::size_t>{2});
  CHECK(reader->values()[0] == value_view{value_kind::integer, "1"});
  CHECK(reader->values()[1] == value_view{value_kind::json, "1"});
  REQUIRE(reader->next() == source::read_result::invalid_row);
  CHECK(reader->invalid_reason() == "column 'j': the value is not valid JSON");
  CHECK(reader->invalid_cells() == std::vector<std::size_t>{1});
  CHECK(reader->next() == source::read_result::row);
  CHECK(reader->next() == source::read_result::end);
}

TEST_CASE("a cell larger than 64 MiB makes its row invalid and the pass goes on") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const std::string huge = "67108865";
    std::string query;
    if (kind == product::postgresql) {
      query = "SELECT 1 AS id, repeat('x', " + huge +
              ") AS v, repeat('y', 5000) AS w UNION ALL "
              "SELECT 2, 'small', 'z' ORDER BY 1";
    } else if (kind == product::sqlite) {
      query =
          "SELECT 1 AS id, replace(hex(zeroblob(33554433)), '0', 'x') AS v, "
          "replace(hex(zeroblob(2500)), '0', 'y') AS w UNION ALL SELECT 2, 'small', 'z'";
    } else {
      database.run({"SET GLOBAL max_allowed_packet = 134217728"});
      query = "SELECT 1 AS id, repeat('x', " + huge +
              ") AS v, repeat('y', 5000) AS w UNION ALL "
              "SELECT 2, 'small', 'z'";
    }
    const auto reader = source::open_model("test", query_source(database, query), {});
    reader->begin({0, 1, 2});
    bool large = false, small = false;  // PostgreSQL's large rows come last
    for (auto r = reader->next(); r != source::read_result::end; r = reader->next()) {
      if (reader->values()[0].bytes == "2") {
        small = r == source::read_result::row && reader->values()[1].bytes == "small";
        continue;
      }
      large = true;
      CHECK(r == source::read_result::invalid_row);
      CHECK(reader->invalid_reason() ==
            "column 'v': the value is too large: a value may have 64 MiB, a row 128 MiB");
      CHECK(reader->values()[0].bytes == "1");
      CHECK(reader->values()[1].kind == value_kind::null);
      CHECK(reader->values()[2].bytes == std::string(5000, 'y'));
    }
    CHECK(large);
    CHECK(small);
  }
}

TEST_CASE("PostgreSQL columns bring their declared types, through domains too") {
  const database_fixture database(product::postgresql);
  database.run(
      {"CREATE TYPE \"numeric\" AS ENUM ('1', 'x')",
       "CREATE DOMAIN rate AS pg_catalog.numeric(36,18)", "CREATE DOMAIN inner_rate AS rate",
       "CREATE TABLE \"it's\" (a pg_catalog.numeric(10,2), b char(5), c varchar(7), \"d'd\" "
       "inner_rate, e timestamptz(3), f public.\"numeric\", g text, h bit(9), i bpchar, j "
       "int[], k float4)"});
  const strings expected{"PostgreSQL numeric(10,2)",
                         "PostgreSQL character(5)",
                         "PostgreSQL character varying(7)",
                         "PostgreSQL numeric(36,18)",
                         "PostgreSQL timestamp(3) with time zone",
                         "PostgreSQL public.\"numeric\"",
                         "PostgreSQL text",
                         "PostgreSQL bit(9)",
                         "PostgreSQL bpchar",
                         "PostgreSQL integer[]",
                         "PostgreSQL real"};
  auto source = table_source(database, "it's");
  CHECK(declared(source) == expected);
  source.where = "true";
  CHECK(declared(source) == expected);
  CHECK(kinds(source)[5] == "f:text");  // whatever it is called
  const auto query = declared(query_source(database, "SELECT a, b, \"d'd\" FROM \"it's\""));
  CHECK(query == strings{"PostgreSQL numeric", "PostgreSQL bpchar", "PostgreSQL numeric(36,18)"});
}

TEST_CASE("MariaDB columns bring their declared types") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE t (a BIGINT UNSIGNED, b DECIMAL(40,20), c CHAR(5), d VARBINARY(9), e "
       "DATETIME(3), f ENUM('x','y'), g JSON)"});
  const strings expected{"MariaDB bigint(20) unsigned",
                         "MariaDB decimal(40,20)",
                         "MariaDB char(5)",
                         "MariaDB varbinary(9)",
                         "MariaDB datetime(3)",
                         "MariaDB enum('x','y')",
                         "MariaDB longtext"};
  CHECK(declared(table_source(database, "t")) == expected);
  CHECK(declared(query_source(database, "SELECT * FROM t")) == expected);
}

TEST_CASE("SQLite columns bring their declared types, of a query those that it passes through") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (a INTEGER PRIMARY KEY, b DECIMAL(10,2), c, d VARCHAR(5))"});
  CHECK(declared(table_source(database, "t")) ==
        strings{"SQLite INTEGER", "SQLite DECIMAL(10,2)", "", "SQLite VARCHAR(5)"});
  CHECK(declared(query_source(database, "SELECT b, d, a + 1 AS n FROM t")) ==
        strings{"SQLite DECIMAL(10,2)", "SQLite VARCHAR(5)", ""});
}
