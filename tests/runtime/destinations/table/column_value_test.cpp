#include "runtime/destinations/table/column_value.hpp"

#include <doctest/doctest.h>

#include <optional>

#include "tests/runtime/destinations/delta_rows.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

target_column column(column_family family) {
  target_column c;
  c.name = "c";
  c.family = family;
  return c;
}

target_column sqlite_number() {
  auto c = column(column_family::any);
  c.makes_numbers = true;
  return c;
}

/// The converted value as text with its kind, or the problem.
std::string converted(product kind, const target_column& c, value_view value) {
  column_converter converter(kind, {c});
  if (!converter.convert(0, value)) return "problem: " + converter.problem();
  return std::string(to_string(value.kind)) + ":" + std::string(value.bytes);
}

}  // namespace

TEST_CASE("every database but PostgreSQL gets timestamps without T and Z") {
  const value_view zoned{value_kind::timestamp_tz, "2026-01-31T09:00:00.5Z"};
  for (const auto kind : {product::mariadb, product::generic})
    CHECK(converted(kind, column(column_family::timestamp), zoned) ==
          "timestamp_tz:2026-01-31 09:00:00.5");
  CHECK(converted(product::mariadb, column(column_family::timestamp),
                  {value_kind::timestamp, "2026-01-31T09:00:00"}) ==
        "timestamp:2026-01-31 09:00:00");
  CHECK(converted(product::sqlite, column(column_family::any), zoned) ==
        "timestamp_tz:2026-01-31 09:00:00.5");
  CHECK(converted(product::postgresql, column(column_family::timestamp), zoned) ==
        "timestamp_tz:2026-01-31T09:00:00.5Z");
  CHECK(converted(product::mariadb, column(column_family::text), zoned) ==
        "timestamp_tz:2026-01-31T09:00:00.5Z");
}

TEST_CASE("a boolean is a number or a word or a bit as its column wants") {
  const value_view yes{value_kind::boolean, "1"}, no{value_kind::boolean, "0"};
  CHECK(converted(product::postgresql, column(column_family::boolean), yes) == "boolean:1");
  CHECK(converted(product::mariadb, column(column_family::number), no) == "boolean:0");
  CHECK(converted(product::mariadb, column(column_family::text), yes) == "boolean:true");
  CHECK(converted(product::postgresql, column(column_family::text), no) == "boolean:false");
  CHECK(converted(product::mariadb, column(column_family::bits), yes) == "binary:\x01");
  CHECK(converted(product::mariadb, column(column_family::bits), no) ==
        std::string("binary:\0", 8));
  CHECK(converted(product::sqlite, column(column_family::any), yes) == "integer:1");
}

TEST_CASE("bits are the bytes of the number") {
  CHECK(converted(product::mariadb, column(column_family::bits), integer("258")) ==
        "binary:\x01\x02");
  CHECK(
      contains(converted(product::mariadb, column(column_family::bits), integer("-1")), "problem"));
}

TEST_CASE("NaN stays in PostgreSQL and becomes a counted NULL elsewhere") {
  const value_view nan{value_kind::real, "NaN"};
  CHECK(converted(product::postgresql, column(column_family::number), nan) == "real:NaN");
  for (const auto kind : {product::mariadb, product::sqlite, product::generic}) {
    column_converter converter(kind, {column(column_family::number)});
    for (const auto* text : {"NaN", "Infinity", "-Infinity", "1.5"}) {
      value_view value{value_kind::real, text};
      CHECK(converter.convert(0, value));
      CHECK((value.kind == value_kind::null) == (std::string_view(text) != "1.5"));
    }
    CHECK(converter.nonfinite() == 3);
  }
}

TEST_CASE("a decimal that would be rounded is refused") {
  auto money = column(column_family::number);
  money.scale = 2;
  for (const auto kind : {product::postgresql, product::mariadb}) {
    const auto check = [&](const char* number) {
      return converted(kind, money, {value_kind::decimal, number});
    };
    for (const std::string fits : {"1", "1.5", "-1.50", "1.5000", "100", "0.00", "1e5", ".25"})
      CHECK(check(fits.c_str()) == "decimal:" + fits);
    CHECK(check("1.005") == "problem: the column 'c' keeps 2 decimal places, the value has 3");
    CHECK(contains(check("-0.0001"), "the value has 4"));
    CHECK(converted(kind, money, {value_kind::real, "0.333333"}) == "real:0.333333");
  }
}

TEST_CASE("SQLite is given no number that it would keep as another one") {
  const auto check = [](value_kind kind, const char* text) {
    return converted(product::sqlite, sqlite_number(), {kind, text});
  };
  CHECK(check(value_kind::integer, "9223372036854775807") == "integer:9223372036854775807");
  CHECK(contains(check(value_kind::integer, "9223372036854775808"), "64 bits"));
  CHECK(check(value_kind::decimal, "1234567890.12345") == "decimal:1234567890.12345");
  CHECK(check(value_kind::decimal, "0.000000000000000000001") == "decimal:0.000000000000000000001");
  CHECK(contains(check(value_kind::decimal, "1234567890.12345678901"), "15 digits"));
  CHECK(check(value_kind::decimal, "2.1100000000000003") == "decimal:2.1100000000000003");
  CHECK(check(value_kind::decimal, "9007199254740993") == "decimal:9007199254740993");
  CHECK(converted(product::sqlite, column(column_family::any),
                  {value_kind::decimal, "1234567890.1234567890"}) ==
        "decimal:1234567890.1234567890");
}

TEST_CASE("SQLite is given no text that it would turn into a number") {
  const auto check = [](const char* text) {
    return converted(product::sqlite, sqlite_number(), {value_kind::text, text});
  };
  for (const std::string same : {"abc", "", "42", "-7", "1x", "2026-01-31", "0x10"})
    CHECK(check(same.c_str()) == "text:" + same);
  for (const auto* other : {"007", "1.50", " 42", "1e3", "+1", ".5"})
    CHECK(contains(check(other), "would turn the text into a number"));
}

TEST_CASE("text with NUL and mixtures of text and binary are refused") {
  const std::string_view nul("a\0b", 3);
  for (const auto kind :
       {product::postgresql, product::mariadb, product::sqlite, product::generic}) {
    CHECK(contains(converted(kind, column(column_family::text), {value_kind::text, nul}), "NUL"));
    CHECK(converted(kind, column(column_family::any), {value_kind::binary, nul}) ==
          "binary:" + std::string(nul));
    CHECK(contains(converted(kind, column(column_family::binary), {value_kind::text, "x"}),
                   "problem"));
    CHECK(contains(converted(kind, column(column_family::text), {value_kind::binary, "x"}),
                   "problem"));
    CHECK(converted(kind, column(column_family::binary), null_value) == "null:");
  }
}
