// Values: each one reads back as what was sent, or its row is rejected.
#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "runtime/destinations/table/text_forms.hpp"
#include "runtime/values/exact_number.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/value_pool.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

// -- what reads back ------------------------------------------------------------------------------

using equality = bool (*)(value_view sent, const std::string& stored);

template <class Float>
std::string shortest(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  char out[40];
  return {out, std::to_chars(out, out + sizeof out, static_cast<Float>(number),
                             std::chars_format::scientific)
                   .ptr};
}

bool same_bytes(value_view sent, const std::string& stored) { return sent.bytes == stored; }

bool same_number(value_view sent, const std::string& stored) {
  if (sent.kind == value_kind::text && !values::is_plain_number(sent.bytes)) return false;
  const auto number = values::exact_number::read(sent.bytes);
  return number ? number == values::exact_number::read(stored) : sent.bytes == stored;
}
bool same_double(value_view sent, const std::string& stored) {
  return sent.bytes == stored || same_number(sent, shortest<double>(stored));
}
bool same_float(value_view sent, const std::string& stored) {
  return sent.bytes == stored || same_number(sent, shortest<float>(stored));
}

bool same_text(value_view sent, const std::string& stored) {
  if (sent.kind == value_kind::boolean) return stored == (sent.bytes == "1" ? "true" : "false");
  return sent.bytes == stored;
}
bool same_padded_text(value_view sent, const std::string& stored) {
  const auto trimmed = [](std::string_view text) {
    return std::string(text.substr(0, text.find_last_not_of(' ') + 1));
  };
  return same_text({sent.kind, trimmed(sent.bytes)}, trimmed(stored)) || same_text(sent, stored);
}

/// `stored`: as hexadecimal digits.
bool same_binary(value_view sent, const std::string& stored) {
  std::string hex;
  for (const char c : sent.bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 0xf];
  }
  return hex == stored;
}
bool same_padded_binary(value_view sent, const std::string& stored) {
  auto padded = std::string(sent.bytes);
  padded.resize(std::max<std::size_t>(padded.size(), 3), '\0');
  return same_binary({sent.kind, padded}, stored);
}

/// 2026-01-31T10:20:30.50Z as 2026-01-31 10:20:30.5.
std::string plain_time(std::string_view text) {
  std::string out(text);
  if (out.size() > 10 && out[10] == 'T') out[10] = ' ';
  if (out.ends_with('Z')) out.pop_back();
  if (out.ends_with("+00")) out.resize(out.size() - 3);
  if (out.find('.') != std::string::npos) {
    out.resize(out.find_last_not_of('0') + 1);
    if (out.ends_with('.')) out.pop_back();
  }
  if (out.ends_with(" 00:00:00")) out.resize(10);
  return out;
}
bool same_time(value_view sent, const std::string& stored) {
  return plain_time(sent.bytes) == plain_time(stored);
}
/// Whoever sends times with a fraction to such a column is warned.
bool same_second(value_view sent, const std::string& stored) {
  const bool warned = sent.kind != value_kind::text && contains(sent.bytes, ".");
  return warned || same_time(sent, stored);
}

/// A span may be written in several ways.
bool same_interval(value_view sent, const std::string& stored) {
  static const std::map<std::string_view, std::string> spellings{
      {"10:20:60", "10:21:00"}, {"23:59:60", "24:00:00"}, {"1 10:00:00", "1 day 10:00:00"}};
  const auto known = spellings.find(sent.bytes);
  return known == spellings.end() ? same_second(sent, stored) : stored == known->second;
}

bool same_array(value_view sent, const std::string& stored) {
  const auto before = array_elements(sent.bytes), after = array_elements(stored);
  return std::equal(before.begin(), before.end(), after.begin(), after.end(),
                    [](const std::string& x, const std::string& y) {
                      return x == y || same_number({value_kind::decimal, x}, y);
                    });
}

bool same_boolean(value_view sent, const std::string& stored) {
  const auto is_true = sent.bytes == "1" || sent.bytes == "true";
  const auto is_false = sent.bytes == "0" || sent.bytes == "false";
  return (stored == "1" && is_true) || (stored == "0" && is_false);
}

/// SQLite, where a number may be stored as text and every text that is none is.
bool same_dynamic(value_view sent, const std::string& stored) {
  if (sent.kind == value_kind::timestamp || sent.kind == value_kind::timestamp_tz)
    return same_time(sent, stored);
  if (sent.bytes == stored) return true;
  // Of texts only what reads as the same text; a REAL column shows whole numbers with a point.
  if (sent.kind == value_kind::text && std::string(sent.bytes) + ".0" != stored) return false;
  return same_number(sent, stored) || same_double(sent, stored);
}

struct column_case {
  const char* type;
  equality is_same;
  const char* read = "v";
};

const std::map<product, std::vector<column_case>> columns_of_databases{
    {product::postgresql,
     {{"smallint", same_number},
      {"integer", same_number},
      {"bigint", same_number},
      {"numeric", same_number},
      {"numeric(10,2)", same_number},
      {"numeric(5,0)", same_number},
      {"numeric(3,-2)", same_number},
      {"oid", same_number},
      {"real", same_float},
      {"double precision", same_double},
      {"money",
       [](value_view sent, const std::string& stored) {
         std::string digits;
         std::copy_if(stored.begin(), stored.end(), std::back_inserter(digits),
                      [](char c) { return c != '$' && c != ','; });
         return sent.bytes == stored || same_number(sent, digits);
       }},
      {"boolean", same_boolean, "v::int"},
      {"text", same_text},
      {"varchar(3)", same_text},
      {"char(3)", same_padded_text},
      {"bpchar", same_padded_text},
      {"name", same_text},
      {"\"char\"", same_text},
      {"bytea", same_binary, "upper(encode(v, 'hex'))"},
      {"bit(5)", same_bytes},
      {"bit(1)", same_bytes},
      {"bit varying(5)", same_bytes},
      {"date", same_time},
      {"time", same_time},
      {"time(0)", same_second},
      {"timetz", same_time},
      {"timestamp", same_time},
      {"timestamp(0)", same_second},
      {"interval", same_interval},
      {"interval(0)", same_interval},
      {"uuid", same_bytes},
      {"json", same_text},
      {"numeric(10,2)[]", same_array},
      {"integer[]", same_array},
      {"real[]", same_array},
      {"varchar(3)[]", same_array},
      {"text[]", same_array},
      {"timestamp(0)[]", same_array},
      {"amount", same_number},
      {"small_amount", same_number},
      {"code", same_text},
      {"amounts", same_array}}},
    {product::mariadb,
     {{"TINYINT", same_number},
      {"INT", same_number},
      {"BIGINT", same_number},
      {"BIGINT UNSIGNED ZEROFILL", same_number, "v + 0"},
      {"DECIMAL(10,2)", same_number},
      {"DECIMAL(5,0)", same_number},
      {"DECIMAL(65,30)", same_number},
      {"FLOAT", same_float, "CAST(v AS DOUBLE)"},
      {"FLOAT(7,2)", same_float, "CAST(v AS DOUBLE)"},
      {"DOUBLE", same_double},
      {"DOUBLE(10,2)", same_double},
      {"YEAR", same_number, "v + 0"},
      {"YEAR(2)", same_number, "v + 0"},
      {"BIT(8)", same_number, "v + 0"},
      {"VARCHAR(3)", same_text},
      {"CHAR(3)", same_padded_text},
      {"TINYTEXT", same_text},
      {"TEXT", same_text},
      {"LONGTEXT", same_text},
      {"VARCHAR(70) CHARACTER SET latin1", same_text},
      {"VARCHAR(70) CHARACTER SET utf8mb3", same_text},
      {"TINYTEXT CHARACTER SET latin1", same_text},
      {R"(ENUM('a','it''s','7','c\\d','é'))", same_text},
      {"SET('a','b','7')", same_text},
      {"BINARY(3)", same_padded_binary, "HEX(v)"},
      {"VARBINARY(3)", same_binary, "HEX(v)"},
      {"BLOB", same_binary, "HEX(v)"},
      {"DATE", same_time},
      {"TIME", same_second},
      {"TIME(6)", same_time},
      {"DATETIME", same_second},
      {"DATETIME(6)", same_time},
      {"TIMESTAMP(6) NULL", same_time},
      {"UUID", same_bytes},
      {"JSON", same_text}}},
    {product::sqlite,
     {{"INTEGER", same_dynamic},
      {"NUMERIC", same_dynamic},
      {"DECIMAL(10,2)", same_dynamic},
      {"REAL", same_dynamic},
      {"DOUBLE", same_dynamic},
      {"TEXT", same_dynamic},
      {"VARCHAR(3)", same_dynamic},
      {"BLOB", same_dynamic},
      {"", same_dynamic},
      {"ANY", same_dynamic},
      {"BOOLEAN", same_dynamic},
      {"DATE", same_dynamic},
      {"TIMESTAMP", same_dynamic},
      {"JSON", same_dynamic},
      {"INTEGER/STRICT", same_dynamic},
      {"REAL/STRICT", same_dynamic},
      {"TEXT/STRICT", same_dynamic},
      {"BLOB/STRICT", same_dynamic},
      {"ANY/STRICT", same_dynamic}}}};

std::string read_expression(product kind, const column_case& column) {
  if (kind == product::sqlite)
    return "CASE typeof(v) WHEN 'real' THEN printf('%!.17g', v) ELSE v END";
  // The driver would bring some of PostgreSQL's types into forms of its own.
  return kind == product::postgresql ? std::string(column.read) + "::text" : column.read;
}

void create_column(const database_fixture& database, const column_case& column) {
  std::string type = column.type, options;
  if (const auto slash = type.find('/'); slash != std::string::npos) {
    options = " " + type.substr(slash + 1);
    type.resize(slash);
  }
  const auto* id = database.kind() == product::sqlite ? "INTEGER" : "BIGINT";
  database.run({"DROP TABLE IF EXISTS t", std::string("CREATE TABLE t (id ") + id +
                                              " PRIMARY KEY, v " + type + ")" + options});
}

/// A destination for `t`; nothing if its column takes no such kind at all.
std::unique_ptr<destination> opened_for(const database_fixture& database, value_kind kind) {
  auto out =
      make_odbc_destination({config::secret_string(database.connection_string()), "t", false});
  const auto why_not = failure_text([&] {
    out->open(context_of({{"id", value_kind::integer}, {"v", kind}}), {});
  });
  if (why_not.empty()) return out;
  CHECK(contains(why_not, "the column 'v' is of type"));
  return nullptr;
}

/// Sends the values to the column and checks what became of each. Returns how many were stored.
std::size_t check_values(destination& out, odbc::connection& reader, const column_case& column,
                         const std::vector<value_view>& values) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < values.size(); ++i) ids.push_back(std::to_string(i));
  std::vector<std::vector<value_view>> rows;
  for (std::size_t i = 0; i < values.size(); ++i) rows.push_back({integer(ids[i]), values[i]});
  const auto outcome = out.deliver(upserts(rows));
  std::map<std::string, std::optional<std::string>> stored;
  for (const auto& row :
       reader.query("SELECT id, " + read_expression(reader.kind(), column) + " FROM t"))
    stored[row[0].value()] = row[1];
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(to_string(values[i].kind));
    CAPTURE(std::string(values[i].bytes.substr(0, 70)));
    const auto found = stored.find(ids[i]);
    if (outcome.fates[i] == fate::rejected) {
      CHECK(found == stored.end());
      continue;
    }
    REQUIRE(outcome.fates[i] == fate::delivered);
    REQUIRE(found != stored.end());
    // Elsewhere than in PostgreSQL, NaN and infinity are NULL, and counted.
    if (!found->second) {
      CHECK_FALSE(out.warnings().empty());
      continue;
    }
    CAPTURE(*found->second);
    CHECK(column.is_same(values[i], *found->second));
  }
  for (const auto& r : outcome.rejections) CHECK_FALSE(r.reason.empty());
  reader.execute("DELETE FROM t");
  return stored.size();
}

void check_database(product kind, std::initializer_list<std::string> preparations) {
  const database_fixture database(kind);
  database.run(preparations);
  auto reader = database.connect();
  // Values need not be of the kind that their field is declared with: all kinds go to all columns.
  std::vector<value_view> texts, binaries;
  for (const auto& [value, all] : value_pool())
    for (const auto& bytes : all)
      (value == value_kind::binary ? binaries : texts).push_back({value, bytes});
  for (const auto& column : columns_of_databases.at(kind)) {
    CAPTURE(std::string(column.type));
    create_column(database, column);
    std::size_t count = 0;
    auto out = opened_for(database, value_kind::text);
    if (!out) out = opened_for(database, value_kind::integer);
    if (out) count += check_values(*out, reader, column, texts);
    if (const auto for_binary = opened_for(database, value_kind::binary))
      count += check_values(*for_binary, reader, column, binaries);
    CHECK(count > 0);
  }
}

}  // namespace

TEST_CASE("every value in PostgreSQL reads back as what was sent, or its row is rejected") {
  check_database(product::postgresql,
                 {"CREATE DOMAIN amount AS numeric(10,2)", "CREATE DOMAIN small_amount AS amount",
                  "CREATE DOMAIN code AS varchar(3)", "CREATE DOMAIN amounts AS numeric(10,2)[]"});
}

TEST_CASE("every value in MariaDB reads back as what was sent, or its row is rejected") {
  check_database(product::mariadb, {});
}

TEST_CASE("every value in SQLite reads back as what was sent, or its row is rejected") {
  check_database(product::sqlite, {});
}
