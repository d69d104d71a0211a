#include "runtime/destinations/table/created_type.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <regex>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;
using strings = std::vector<std::string>;

namespace {

field declared(std::string name, value_kind kind, std::string type) {
  return {{name}, kind, name, false, std::move(type)};
}

std::string type_of(product product, value_kind kind, const std::string& type) {
  return created_types(product, {declared("a", kind, type)}, {}).at(0).sql;
}

/// A type of a source, and values that lie at its edges.
struct sample {
  product from;
  std::string type;
  strings literals;
  strings set_up{};
};

const std::vector<sample> samples{
    {product::postgresql, "smallint", {"-32768", "32767"}},
    {product::postgresql, "bigint", {"-9223372036854775808", "9223372036854775807"}},
    {product::postgresql, "oid", {"4294967295"}},
    {product::postgresql, "boolean", {"true", "false"}},
    {product::postgresql,
     "numeric(36,18)",
     {"999999999999999999.999999999999999999", "-0.000000000000000001", "1.5"}},
    {product::postgresql, "numeric(65,38)", {"999999999999999999999999999.9", "1e-38"}},
    {product::postgresql, "numeric(65,0)", {"1e64"}},
    {product::postgresql, "numeric(5,-2)", {"9999900", "100"}},
    {product::postgresql, "numeric(3,5)", {"0.00999", "-0.00001"}},
    {product::postgresql, "numeric", {"12345678901234567890123456789012345.5", "1e-30", "0"}},
    {product::postgresql, "real", {"3.4028235e38", "-1.1754944e-38", "0.1", "16777216"}},
    {product::postgresql,
     "double precision",
     {"1.5e30", "-2.2250738585072014e-308", "0.30000000000000004", "0"}},
    {product::postgresql, "character(5)", {"'ab'", "''", "'äöü🙂x'"}},
    {product::postgresql, "varchar(7)", {"'ab  '", "''", "'äöü🙂xyz'"}},
    {product::postgresql, "text", {"repeat('ä', 70000)", "''", "E' \\t\\n'"}},
    {product::postgresql, "name", {"'abc'"}},
    {product::postgresql, "bytea", {"'\\x00ff'", "''"}},
    {product::postgresql, "date", {"'0001-01-01'", "'9999-12-31'"}},
    {product::postgresql, "time", {"'24:00:00'", "'00:00:00'", "'23:59:59.999999'"}},
    {product::postgresql, "time(0)", {"'23:59:59'"}},
    {product::postgresql, "timetz", {"'23:59:59.999999+15:59'"}},
    {product::postgresql, "timestamp", {"'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"}},
    {product::postgresql,
     "timestamptz",
     {"'1000-01-01 00:00:00Z'", "'9999-12-31 23:59:59.999999Z'"}},
    {product::postgresql, "interval", {"'-178000 years 1 month -3 days 04:05:06.000007'"}},
    {product::postgresql, "uuid", {"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"}},
    {product::postgresql,
     "json",
     {R"('{"b" : 1,  "a":[1.50, 1e2, "\u0041"], "b": 2}')", "'null'", R"('"\u0000"')"}},
    {product::postgresql, "jsonb", {R"('{"b": 1.50, "a": null}')"}},
    {product::postgresql, "bit(9)", {"B'100000001'"}},
    {product::postgresql, "varbit", {"B''", "B'1'"}},
    {product::postgresql, "money", {"'-92233720368547758.08'"}},
    {product::postgresql, "inet", {"'10.0.0.1/8'"}},
    {product::postgresql, "int[]", {"'{1,NULL,3}'", "'{}'"}},
    {product::postgresql, "mood", {"'sad'"}, {"CREATE TYPE mood AS ENUM ('sad', 'ok')"}},
    {product::postgresql,
     "rate",
     {"999999999999999999.999999999999999999"},
     {"CREATE DOMAIN rate AS numeric(36,18)"}},
    {product::mariadb, "TINYINT(1)", {"0", "1"}},
    {product::mariadb, "TINYINT UNSIGNED", {"255"}},
    {product::mariadb, "INT UNSIGNED", {"4294967295"}},
    {product::mariadb, "BIGINT", {"-9223372036854775808"}},
    {product::mariadb, "BIGINT UNSIGNED", {"18446744073709551615", "0"}},
    {product::mariadb, "BIGINT(5) UNSIGNED ZEROFILL", {"18446744073709551615", "7"}},
    {product::mariadb, "BIT(64)", {"18446744073709551615", "0"}},
    {product::mariadb, "BIT(1)", {"1", "0"}},
    {product::mariadb, "YEAR", {"1901", "2155", "0"}},
    {product::mariadb, "DECIMAL(40,20)", {"99999999999999999999.99999999999999999999"}},
    {product::mariadb, "DECIMAL(65,38)", {"-0.00000000000000000000000000000000000001"}},
    {product::mariadb, "DECIMAL(65,0)", {"REPEAT('9', 65)"}},
    {product::mariadb, "FLOAT", {"3.402823466e38", "-1.175494351e-38", "0.1"}},
    {product::mariadb, "DOUBLE", {"1.5e30", "0.30000000000000004"}},
    {product::mariadb, "CHAR(5)", {"'ab'", "''"}},
    {product::mariadb, "VARCHAR(16000)", {"REPEAT('ä', 16000)", "'a  '"}},
    {product::mariadb, "LONGTEXT", {"REPEAT('ä', 70000)"}},
    {product::mariadb, "ENUM('x','ä')", {"'ä'"}},
    {product::mariadb, "SET('p','q')", {"'p,q'", "''"}},
    {product::mariadb, "BINARY(4)", {"'a'"}},
    {product::mariadb, "VARBINARY(4)", {"X'00FF'", "''"}},
    {product::mariadb, "BLOB", {"REPEAT(X'00', 60000)"}},
    {product::mariadb, "DATE", {"'1000-01-01'", "'9999-12-31'"}},
    {product::mariadb, "TIME(6)", {"'-838:59:59.999999'", "'838:59:59'", "'23:59:59.5'", "0"}},
    {product::mariadb, "DATETIME(6)", {"'9999-12-31 23:59:59.999999'"}},
    {product::mariadb, "TIMESTAMP(6)", {"'2038-01-19 03:14:07.999999'"}},
    {product::mariadb, "JSON", {R"('{"b" : 1,  "a":[1.50, 1e2], "b": 2}')", R"('"\\u0000"')"}},
    {product::mariadb, "UUID", {"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"}},
    {product::mariadb, "INET6", {"'::1'"}},
    {product::sqlite, "INTEGER", {"-9223372036854775808", "9223372036854775807"}},
    {product::sqlite, "BIGINT UNSIGNED", {"9223372036854775807"}},
    {product::sqlite, "REAL", {"0.1", "1.5e30", "5"}},
    {product::sqlite, "DECIMAL(10,2)", {"12345678901234", "0.125"}},
    {product::sqlite, "VARCHAR(3)", {"'longer than declared'"}},
    {product::sqlite, "", {"'text'"}},
    {product::sqlite, "BLOB", {"x'00ff'", "x''"}},
    {product::sqlite, "BOOLEAN", {"1", "0"}},
    {product::sqlite, "DATE", {"'2024-02-29'"}},
    {product::sqlite, "TIMESTAMP", {"'2024-02-29 01:02:03.5'"}},
    {product::sqlite, "JSON", {R"('{"a": 1}')"}},
    {product::sqlite, "UUID", {"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"}}};

/// A value without what databases spell in their own ways: T, Z, zeros at the end of a fraction,
/// exponents.
std::string plain(const value_view& value) {
  if (value.kind == value_kind::null) return "NULL";
  auto text = std::string(value.bytes);
  static const std::regex moment(R"((\d{4}-\d\d-\d\d)[T ]([^Z]*)Z?)");
  text = std::regex_replace(text, moment, "$1 $2");
  static const std::regex number(R"([-+]?\d+(\.\d+)?([eE][-+]?\d+)?)");
  if (std::regex_match(text, number) && text.find_first_of("eE") != std::string::npos)
    return fmt::format("{}", std::stod(text));
  static const std::regex fraction(R"(([-+\d: ]*\d)\.(\d*?)0*)");
  std::smatch parts;
  if (std::regex_match(text, parts, fraction))
    text = parts[1].str() + (parts[2].length() > 0 ? "." + parts[2].str() : "");
  if (std::regex_match(text, number) && value.kind == value_kind::real && text.size() > 15)
    return fmt::format("{}", std::stod(text));
  return text;
}

/// The rows of `table`, by id.
std::string plain_rows(const database_fixture& database, const std::string& table) {
  const auto reader = source::open_model("test", table_source(database, table), {});
  reader->begin(all_columns(*reader));
  strings rows;
  for (auto r = reader->next(); r != source::read_result::end; r = reader->next()) {
    CHECK(r == source::read_result::row);
    std::string row;
    for (const auto& value : reader->values()) row += plain(value) + "|";
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end());
  return fmt::format("{}", fmt::join(rows, "\n"));
}

/// What a run sends of `table`: all of its columns, the first one the key.
struct sent_rows {
  delivery_context context;
  batch deltas{1};
};
sent_rows rows_of(const database_fixture& database, const std::string& table) {
  const auto reader = source::open_model("test", table_source(database, table), {});
  sent_rows sent;
  row_schema schema;
  for (const auto& c : reader->columns())
    schema.fields.push_back({{c.name}, c.kind, c.name, false, c.declared});
  schema.keys = {schema.fields[0]};
  sent.context = {"test", "01TEST", sync_mode::mirror, schema};
  reader->begin(all_columns(*reader));
  for (auto r = reader->next(); r != source::read_result::end; r = reader->next()) {
    CHECK(r == source::read_result::row);
    sent.deltas.append(operation::update, {}, {}, packed({reader->values()[0]}),
                       packed(reader->values()));
  }
  return sent;
}

void check_created(const database_fixture& from, const database_fixture& to) {
  const auto sent = rows_of(from, "t");
  to.run({"DROP TABLE IF EXISTS made"});
  auto out = make_odbc_destination({config::secret_string(to.connection_string()), "made", true});
  out->open(sent.context, {});
  const auto outcome = out->deliver(sent.deltas);
  for (const auto& rejected : outcome.rejections) CHECK(rejected.reason == "");
  CHECK(std::all_of(outcome.fates.begin(), outcome.fates.end(),
                    [](auto f) { return f == fate::delivered; }));
  CHECK(plain_rows(to, "made") == plain_rows(from, "t"));
}

}  // namespace

TEST_CASE("a created table takes the rows that it was made for and gives them back") {
  std::map<product, std::unique_ptr<database_fixture>> sources, destinations;
  for (const auto kind : every_database) {
    sources[kind] = std::make_unique<database_fixture>(kind);
    destinations[kind] = std::make_unique<database_fixture>(kind);
  }
  for (const auto& sample : samples) {
    CAPTURE(to_string(sample.from));
    CAPTURE(sample.type);
    const auto& from = *sources.at(sample.from);
    for (const auto& statement : sample.set_up) from.run({statement});
    from.run({"DROP TABLE IF EXISTS t",
              "CREATE TABLE t (id INTEGER PRIMARY KEY, v " + sample.type + ")",
              "INSERT INTO t (id) VALUES (0)"});
    for (std::size_t i = 0; i < sample.literals.size(); ++i)
      from.run(
          {"INSERT INTO t VALUES (" + std::to_string(i + 1) + ", " + sample.literals[i] + ")"});
    for (const auto kind : every_database) {
      CAPTURE(to_string(kind));
      check_created(from, *destinations.at(kind));
    }
  }
}

TEST_CASE("declared types decide the types of a created table") {
  using enum value_kind;
  const auto mariadb = [](value_kind kind, const std::string& type) {
    return type_of(product::mariadb, kind, type);
  };
  CHECK(mariadb(decimal, "PostgreSQL numeric(36,18)") == "DECIMAL(36,18)");
  CHECK(mariadb(decimal, "PostgreSQL numeric") == "DECIMAL(65,30)");
  CHECK(mariadb(decimal, "") == "DECIMAL(65,30)");
  CHECK(mariadb(decimal, "PostgreSQL numeric(5,-2)") == "DECIMAL(7,0)");
  CHECK(mariadb(decimal, "PostgreSQL numeric(3,5)") == "DECIMAL(5,5)");
  CHECK(mariadb(decimal, "SQLite DECIMAL(10,2)") == "DECIMAL(65,30)");
  CHECK(mariadb(integer, "MariaDB bigint(20) unsigned") == "BIGINT UNSIGNED");
  CHECK(mariadb(integer, "MariaDB int(10) unsigned") == "BIGINT");
  CHECK(mariadb(integer, "SQLite BIGINT UNSIGNED") == "BIGINT");
  CHECK(type_of(product::postgresql, integer, "MariaDB bit(64)") == "numeric(20,0)");
  CHECK(type_of(product::postgresql, integer, "MariaDB bit(63)") == "bigint");
  CHECK(type_of(product::postgresql, real, "PostgreSQL real") == "real");
  CHECK(type_of(product::postgresql, real, "SQLite REAL") == "double precision");
  CHECK(type_of(product::sqlite, integer, "MariaDB bigint(20) unsigned") == "TEXT");
}

TEST_CASE("what no type of the database holds is said") {
  const auto of = [](const std::string& type) {
    return created_types(product::mariadb, {declared("a", value_kind::decimal, type)}, {}).at(0);
  };
  CHECK(of("PostgreSQL numeric(36,18)").lacks == "");
  CHECK(of("PostgreSQL numeric(1000,500)").sql == "DECIMAL(65,0)");
  CHECK(of("PostgreSQL numeric(1000,500)").lacks ==
        "more than 65 digits in front of the point and 0 behind it");
  CHECK(of("PostgreSQL numeric(60,50)").sql == "DECIMAL(48,38)");
  CHECK(of("PostgreSQL numeric(60,50)").lacks ==
        "more than 10 digits in front of the point and 38 behind it");
}

TEST_CASE("texts of a MariaDB key are as long as declared, or share what an index takes") {
  using enum value_kind;
  const auto types = [](const std::vector<field>& key) {
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < key.size(); ++i) positions.push_back(i);
    strings out;
    for (const auto& type : created_types(product::mariadb, key, positions))
      out.push_back(type.sql.substr(0, type.sql.find(' ')) + (type.lacks.empty() ? "" : " !"));
    return out;
  };
  const auto long_text = declared("a", text, "PostgreSQL text");
  const auto code = declared("b", text, "PostgreSQL character varying(10)");
  const auto wide = declared("c", text, "PostgreSQL character varying(1000)");
  const auto bytes = declared("d", binary, "MariaDB binary(16)");
  const auto number = declared("e", integer, "PostgreSQL bigint");
  CHECK(types({long_text}) == strings{"VARCHAR(768)"});
  CHECK(types({code}) == strings{"VARCHAR(10)"});
  CHECK(types({wide}) == strings{"VARCHAR(768) !"});
  CHECK(types({declared("a", text, "SQLite VARCHAR(3)")}) == strings{"VARCHAR(768)"});
  CHECK(types({long_text, code, bytes, number}) ==
        strings{"VARCHAR(746)", "VARCHAR(10)", "VARBINARY(16)", "BIGINT"});
  CHECK(types({long_text, long_text}) == strings{"VARCHAR(384)", "VARCHAR(384)"});
  // MariaDB takes them.
  const database_fixture database(product::mariadb);
  for (const auto& key : std::vector<std::vector<field>>{
           {long_text}, {long_text, code, bytes, number}, {wide, declared("f", uuid, "")}}) {
    row_schema schema{.fields = key, .keys = key};
    auto out =
        make_odbc_destination({config::secret_string(database.connection_string()), "made", true});
    out->open({"test", "01TEST", sync_mode::mirror, schema}, {});
    CHECK(out->warnings().size() == (key[0].path == wide.path ? 1u : 0u));
    database.run({"DROP TABLE made"});
  }
}
