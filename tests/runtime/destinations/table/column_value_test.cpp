#include "runtime/destinations/table/column_value.hpp"

#include <doctest/doctest.h>

#include <optional>

#include "tests/runtime/destinations/delta_rows.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

target_column column_of(column_family family) {
  target_column c;
  c.name = "c";
  c.family = family;
  return c;
}

target_column sqlite_number() {
  auto c = column_of(column_family::any);
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
    CHECK(converted(kind, column_of(column_family::timestamp), zoned) ==
          "timestamp_tz:2026-01-31 09:00:00.5");
  CHECK(converted(product::mariadb, column_of(column_family::timestamp),
                  {value_kind::timestamp, "2026-01-31T09:00:00"}) ==
        "timestamp:2026-01-31 09:00:00");
  CHECK(converted(product::sqlite, column_of(column_family::any), zoned) ==
        "timestamp_tz:2026-01-31 09:00:00.5");
  CHECK(converted(product::postgresql, column_of(column_family::timestamp), zoned) ==
        "timestamp_tz:2026-01-31T09:00:00.5Z");
  CHECK(converted(product::mariadb, column_of(column_family::text), zoned) ==
        "timestamp_tz:2026-01-31T09:00:00.5Z");
}

TEST_CASE("a boolean is a number or a word or a bit as its column wants") {
  const value_view yes{value_kind::boolean, "1"}, no{value_kind::boolean, "0"};
  CHECK(converted(product::postgresql, column_of(column_family::boolean), yes) == "boolean:1");
  CHECK(converted(product::mariadb, column_of(column_family::number), no) == "boolean:0");
  CHECK(converted(product::mariadb, column_of(column_family::text), yes) == "boolean:true");
  CHECK(converted(product::postgresql, column_of(column_family::text), no) == "boolean:false");
  CHECK(converted(product::mariadb, column_of(column_family::bits), yes) == "binary:\x01");
  CHECK(converted(product::mariadb, column_of(column_family::bits), no) ==
        std::string("binary:\0", 8));
  CHECK(converted(product::sqlite, column_of(column_family::any), yes) == "integer:1");
}

TEST_CASE("bits are the bytes of the number") {
  CHECK(converted(product::mariadb, column_of(column_family::bits), integer("258")) ==
        "binary:\x01\x02");
  CHECK(contains(converted(product::mariadb, column_of(column_family::bits), integer("-1")),
                 "problem"));
}

TEST_CASE("NaN stays in PostgreSQL and becomes a counted NULL elsewhere") {
  const value_view nan{value_kind::real, "NaN"};
  CHECK(converted(product::postgresql, column_of(column_family::number), nan) == "real:NaN");
  for (const auto kind : {product::mariadb, product::sqlite, product::generic}) {
    column_converter converter(kind, {column_of(column_family::number)});
    for (const auto* text : {"NaN", "Infinity", "-Infinity", "1.5"}) {
      value_view value{value_kind::real, text};
      CHECK(converter.convert(0, value));
      CHECK((value.kind == value_kind::null) == (std::string_view(text) != "1.5"));
    }
    CHECK(converter.nonfinite() == 3);
  }
}

TEST_CASE("a decimal that would be rounded is refused") {
  auto money = column_of(column_family::number);
  money.scale = 2;
  for (const auto kind : {product::postgresql, product::mariadb}) {
    const auto check = [&](const char* number) {
      return converted(kind, money, {value_kind::decimal, number});
    };
    for (const std::string fits :
         {"1", "1.5", "-1.50", "1.5000", "100", "0.00", "1e5", ".25", "5.", "12e-1"})
      CHECK(check(fits.c_str()) == "decimal:" + fits);
    CHECK(check("1.005") == "problem: the column 'c' keeps 2 decimal places, the value has 3");
    CHECK(contains(check("-0.0001"), "the value has 4"));
    CHECK(contains(check("1e-5"), "the value has 5"));
    CHECK(converted(kind, money, {value_kind::real, "0.25"}) == "real:0.25");
    CHECK(contains(converted(kind, money, {value_kind::real, "0.333333"}), "the value has 6"));
    CHECK(contains(converted(kind, money, text("19.999")), "the value has 3"));
  }
}

TEST_CASE("a column of whole numbers gets them as such, and nothing in between") {
  auto whole = column_of(column_family::number);
  whole.scale = 0;
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CHECK(converted(kind, whole, {value_kind::decimal, "5.00"}) == "decimal:5");
    CHECK(converted(kind, whole, {value_kind::decimal, "-1.2e3"}) == "decimal:-1200");
    CHECK(converted(kind, whole, {value_kind::real, "1e+15"}) == "real:1000000000000000");
    CHECK(converted(kind, whole, text("7.0")) == "text:7");
    CHECK(converted(kind, whole, integer("-7")) == "integer:-7");
    for (const auto* between : {"13.86", "0.0049", "1e-5"})
      CHECK(
          contains(converted(kind, whole, {value_kind::real, between}), "keeps 0 decimal places"));
    CHECK(contains(converted(kind, whole, {value_kind::decimal, "1e999999999"}), "decimal:1e9"));
  }
  CHECK(contains(converted(product::postgresql, whole, {value_kind::real, "NaN"}), "whole"));
}

TEST_CASE("a column that rounds before the point is given round numbers") {
  auto hundreds = column_of(column_family::number);
  hundreds.scale = -2;
  CHECK(converted(product::postgresql, hundreds, integer("12300")) == "integer:12300");
  CHECK(converted(product::postgresql, hundreds, integer("0")) == "integer:0");
  CHECK(contains(converted(product::postgresql, hundreds, integer("12345")), "last 2"));
}

TEST_CASE("a text is a number in plain form only") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    const auto check = [&](const char* number) {
      return converted(kind, column_of(column_family::number), text(number));
    };
    CHECK(check("-12.50") == "text:-12.50");
    for (const auto* other : {" 7", "007", "+5", "1e3", "0x10", "1_000", "", "x", "NaN"})
      CHECK(contains(check(other), "plain form"));
    CHECK(contains(
        converted(kind, column_of(column_family::number), {value_kind::date, "2026-01-31"}),
        "the value is of type date"));
  }
}

TEST_CASE("a float is given no number that it would keep as another one") {
  auto single = column_of(column_family::number), twice = single;
  single.single_precision = true;
  twice.double_precision = true;
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CHECK(converted(kind, single, integer("16777216")) == "integer:16777216");
    CHECK(contains(converted(kind, single, integer("16777217")), "4-byte"));
    CHECK(converted(kind, single, {value_kind::real, "0.1"}) == "real:0.1");
    CHECK(contains(converted(kind, single, {value_kind::real, "0.30000000000000004"}), "4-byte"));
    CHECK(converted(kind, twice, {value_kind::real, "0.30000000000000004"}) ==
          "real:0.30000000000000004");
    CHECK(contains(converted(kind, twice, integer("9007199254740993")), "8-byte"));
    CHECK(contains(converted(kind, twice, {value_kind::decimal, "1234567890.12345678901"}),
                   "8-byte"));
  }
}

TEST_CASE("a year is one of four digits") {
  auto year = column_of(column_family::number);
  year.scale = 0;
  year.year_digits = 4;
  const auto check = [&](value_view value) { return converted(product::mariadb, year, value); };
  CHECK(check(integer("2026")) == "integer:2026");
  CHECK(check(integer("0")) == "integer:0000");
  CHECK(check(text("1901")) == "text:1901");
  for (const auto* other : {"7", "70", "1900", "2156", "-2026"})
    CHECK(contains(check(integer(other)), "1901 to 2155"));
  CHECK(contains(check({value_kind::decimal, "2026.4"}), "decimal places"));
  year.year_digits = 2;
  CHECK(check(integer("26")) == "integer:26");
  CHECK(contains(check(integer("2026")), "two digits"));
}

TEST_CASE("a text that is longer than its column is refused, blanks and all") {
  auto three = column_of(column_family::text);
  three.length = 3;
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CHECK(converted(kind, three, text("ab ")) == "text:ab ");
    CHECK(converted(kind, three, text("éé日")) == "text:éé日");
    CHECK(converted(kind, three, text("ab  ")) ==
          "problem: the column 'c' holds 3 characters, the value has 4");
    auto padded = three;
    padded.pads = true;
    CHECK(converted(kind, padded, text("ab   ")) == "text:ab   ");
    CHECK(contains(converted(kind, padded, text("abcd ")), "the value has 4"));
    auto bytes = three;
    bytes.length_in_bytes = true;
    CHECK(contains(converted(kind, bytes, text("éé")), "holds 3 bytes, the value has 4"));
  }
}

TEST_CASE("a label is written as the column writes it") {
  auto words = column_of(column_family::text);
  words.labels = {"a", "7", "b"};
  const auto check = [&](value_view value) { return converted(product::mariadb, words, value); };
  CHECK(check(text("a")) == "text:a");
  CHECK(check(integer("7")) == "integer:7");
  for (const auto* other : {"1", "A", "a ", "", "a,b"})
    CHECK(contains(check(text(other)), "one of its labels"));
  words.is_set = true;
  CHECK(check(text("a,b")) == "text:a,b");
  CHECK(contains(check(text("b,a")), "in their order"));
}

TEST_CASE("a text is a date or time in a form of one meaning only") {
  const auto day = column_of(column_family::date), stamp = column_of(column_family::timestamp),
             clock = column_of(column_family::time);
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CHECK(converted(kind, day, text("2026-01-31")) == "text:2026-01-31");
    for (const auto* other : {"2026-01-31 10:00:00", "today", "20260131", "26-1-2", ""})
      CHECK(contains(converted(kind, day, text(other)), "holds dates"));
    CHECK(contains(converted(kind, stamp, text("now")), "holds dates with times"));
    CHECK(contains(converted(kind, stamp, text("10:00:00")), "holds dates with times"));
    CHECK(contains(converted(kind, stamp, text("2026-01-31 10:00:00+02")), "another zone"));
    CHECK(contains(converted(kind, clock, text("2026-01-31 10:00:00")), "holds times"));
    CHECK(contains(converted(kind, clock, text("1000")), "holds times"));
    CHECK(contains(converted(kind, clock, text("10:00:00Z")), "without a zone"));
    CHECK(contains(converted(kind, clock, text("10:00:60")), "second 60"));
    CHECK(contains(converted(kind, clock, {value_kind::time, "23:59:60"}), "second 60"));
    CHECK(contains(converted(kind, stamp, {value_kind::timestamp, "2026-01-31T10:00:00.1234567"}),
                   "the value has 7"));
    auto coarse = stamp;
    coarse.second_digits = 0;
    CHECK(contains(converted(kind, coarse, text("2026-01-31 10:00:00.5")), "keeps 0 digits"));
    CHECK(converted(kind, stamp, {value_kind::date, "2026-01-31"}) == "date:2026-01-31");
  }
  CHECK(converted(product::mariadb, stamp, text("2026-01-31T10:00:00.50Z")) ==
        "text:2026-01-31 10:00:00.5");
  CHECK(converted(product::mariadb, clock, text("-120:00:00")) == "text:-120:00:00");
  CHECK(contains(converted(product::postgresql, clock, text("120:00:00")), "holds times"));
  CHECK(converted(product::postgresql, day, text("infinity")) == "text:infinity");
  CHECK(contains(converted(product::mariadb, day, text("infinity")), "holds dates"));
  auto zoned = stamp;
  zoned.has_zone = true;
  CHECK(converted(product::postgresql, zoned, text("2026-01-31 10:00:00+02")) ==
        "text:2026-01-31 10:00:00+02");
}

TEST_CASE("PostgreSQL's own types are given what they give back") {
  const auto check = [](const target_column& c, value_view value) {
    return converted(product::postgresql, c, value);
  };
  auto bits = column_of(column_family::bit_string);
  CHECK(check(bits, text("0101")) == "text:0101");
  CHECK(contains(check(bits, text("x1F")), "holds bits"));
  CHECK(contains(check(bits, integer("101")), "holds bits"));
  bits.length = 1;
  CHECK(check(bits, integer("1")) == "integer:1");

  auto money = column_of(column_family::money);
  CHECK(contains(check(money, text("12.50")), "lc_monetary"));
  money.scale = 2;
  CHECK(check(money, text("$1,234.50")) == "text:$1,234.50");
  CHECK(contains(check(money, text("12.345")), "holds money"));
  CHECK(contains(check(money, {value_kind::decimal, "12.345"}), "2 decimal places"));

  auto span = column_of(column_family::interval);
  CHECK(check(span, text("1 day")) == "text:1 day");
  CHECK(contains(check(span, text("5")), "with units"));
  CHECK(contains(check(span, integer("5")), "of type integer"));
  span.drops_fields = true;
  CHECK(contains(check(span, text("1 day")), "some fields"));

  auto id = column_of(column_family::number);
  id.scale = 0;
  id.wraps_negative = true;
  CHECK(contains(check(id, integer("-1")), "below zero"));
  CHECK(check(column_of(column_family::json), {value_kind::boolean, "1"}) == "boolean:true");
  CHECK(check(column_of(column_family::boolean), text("Yes")) == "text:Yes");
  CHECK(contains(check(column_of(column_family::boolean), integer("2")), "true and false"));
  CHECK(contains(check(column_of(column_family::uuid), text("x")), "UUIDs"));
}

TEST_CASE("the elements of an array are held to what their column keeps") {
  auto amount = column_of(column_family::number);
  amount.scale = 2;
  auto amounts = column_of(column_family::any);
  amounts.element = std::make_shared<const target_column>(amount);
  const auto check = [&](const char* array) {
    return converted(product::postgresql, amounts, text(array));
  };
  CHECK(check("{1.23,NULL,{4.5}}") == "text:{1.23,NULL,{4.5}}");
  CHECK(contains(check("1.23"), "holds arrays"));
  CHECK(check("{1.23,1.239}") == "problem: the column 'c' keeps 2 decimal places, the value has 3");
}

TEST_CASE("SQLite is given no number that it would keep as another one") {
  const auto check = [](value_kind kind, const char* text) {
    return converted(product::sqlite, sqlite_number(), {kind, text});
  };
  CHECK(check(value_kind::integer, "9223372036854775807") == "integer:9223372036854775807");
  CHECK(contains(check(value_kind::integer, "9223372036854775808"), "64 bits"));
  // What is no whole number is bound as a float: the nearest one, which SQLite's own may not be.
  CHECK(check(value_kind::decimal, "1234567890.12345") == "real:1234567890.12345");
  CHECK(check(value_kind::decimal, "0.000000000000000000001") == "real:0.000000000000000000001");
  CHECK(contains(check(value_kind::decimal, "1234567890.12345678901"), "8-byte float"));
  CHECK(check(value_kind::decimal, "2.1100000000000003") == "real:2.1100000000000003");
  CHECK(contains(check(value_kind::decimal, "0.10000000000000001"), "8-byte float"));
  CHECK(check(value_kind::json, "1.50") == "real:1.50");
  CHECK(check(value_kind::json, "{\"a\":1}") == "json:{\"a\":1}");
  CHECK(contains(check(value_kind::json, "1e400"), "8-byte float"));
  CHECK(check(value_kind::decimal, "9007199254740993") == "decimal:9007199254740993");
  CHECK(converted(product::sqlite, column_of(column_family::any),
                  {value_kind::decimal, "1234567890.1234567890"}) ==
        "decimal:1234567890.1234567890");
}

TEST_CASE("SQLite's REAL is given no number that no float holds") {
  auto real = sqlite_number();
  real.double_precision = true;
  const auto check = [&](value_view value) { return converted(product::sqlite, real, value); };
  CHECK(check(integer("9007199254740992")) == "integer:9007199254740992");
  CHECK(contains(check(integer("9007199254740993")), "8-byte float"));
  CHECK(contains(check(text("9007199254740993")), "8-byte float"));
  CHECK(contains(check({value_kind::decimal, "9007199254740993"}), "8-byte float"));
}

TEST_CASE("SQLite's TEXT gets a float as its shortest text") {
  auto words = column_of(column_family::any);
  words.makes_texts = true;
  CHECK(converted(product::sqlite, words, {value_kind::real, "0.30000000000000004"}) ==
        "text:0.30000000000000004");
}

TEST_CASE("SQLite is given no text that it would turn into a number") {
  const auto check = [](const char* text) {
    return converted(product::sqlite, sqlite_number(), {value_kind::text, text});
  };
  for (const std::string same : {"abc", "", "42", "-7", "1x", "2026-01-31", "0x10"})
    CHECK(check(same.c_str()) == "text:" + same);
  for (const auto* other : {"007", "1.50", " 42", "1e3", "+1", ".5", "1e9999999999"})
    CHECK(contains(check(other), "would turn the text into a number"));
}

TEST_CASE("text with NUL and mixtures of text and binary are refused") {
  const std::string_view nul("a\0b", 3);
  for (const auto kind :
       {product::postgresql, product::mariadb, product::sqlite, product::generic}) {
    CHECK(
        contains(converted(kind, column_of(column_family::text), {value_kind::text, nul}), "NUL"));
    CHECK(converted(kind, column_of(column_family::any), {value_kind::binary, nul}) ==
          "binary:" + std::string(nul));
    CHECK(contains(converted(kind, column_of(column_family::binary), {value_kind::text, "x"}),
                   "problem"));
    CHECK(contains(converted(kind, column_of(column_family::text), {value_kind::binary, "x"}),
                   "problem"));
    CHECK(converted(kind, column_of(column_family::binary), null_value) == "null:");
  }
}
