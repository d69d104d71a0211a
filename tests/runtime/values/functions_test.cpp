// What single functions make of values, beyond the examples of the reference page.
#include "tests/runtime/values/applied.hpp"

using namespace sluice;
using test::applied;

namespace {

value_view decimal(std::string_view text) { return {value_kind::decimal, text}; }

}  // namespace

TEST_CASE("letters are mapped as Unicode maps them") {
  CHECK(applied("ΣΊΣΥΦΟΣ", "lower") == "text σίσυφος");
  CHECK(applied("ﬁ 👍", "upper") == "text FI 👍");
  CHECK(applied("o'neil-smith ǆ", "title") == "text O'neil-Smith ǅ");
  CHECK(applied("\u00a0\u3000Ada\u2003", "trim") == "text Ada");
}

TEST_CASE("slices count characters and never cut one") {
  CHECK(applied("a👍é", "slice(1, 2)") == "text 👍");
  CHECK(applied("a👍é", "slice(-1)") == "text é");
  CHECK(applied("abc", "slice(2, 1)") == "text ");
  CHECK(applied("abc", "slice(-9, 9)") == "text abc");
  CHECK(applied("é", "pad(3, '☃', 'right')") == "text é☃☃");
  CHECK(applied("long", "pad(3)") == "text long");
}

TEST_CASE("parts of a text are counted from both ends") {
  CHECK(applied("a,b,,c", "split(',', -2)") == "text ");
  CHECK(applied("a,b", "split(',', 2)") == "null");
  CHECK(applied("a\"b", "split(',')") == R"(json ["a\"b"])");
}

TEST_CASE("values that are no texts are taken as templates show them") {
  CHECK(applied(value_view{value_kind::boolean, "1"}, "upper") == "text TRUE");
  CHECK(applied(value_view{value_kind::integer, "-7"}, "digits") == "text 7");
  CHECK(applied(value_view{value_kind::binary, "foo"}, "lower") == "text zm9v");
  CHECK(applied(value_view{value_kind::binary, "mary"}, "sha256") == applied("mary", "sha256"));
}

TEST_CASE("rounding is exact at any size") {
  CHECK(applied(decimal("12345678901234567890.125"), "round(2)") ==
        "decimal 12345678901234567890.13");
  CHECK(applied(decimal("2.5"), "round(0, 'half_even')") == "integer 2");
  CHECK(applied(decimal("3.5"), "round(0, 'half_even')") == "integer 4");
  CHECK(applied(decimal("-2.5"), "round") == "integer -3");
  CHECK(applied(decimal("-2.9"), "round(0, 'down')") == "integer -2");
  CHECK(applied(decimal("-0.4"), "round") == "integer 0");
  CHECK(applied(decimal("0.05"), "round(1)") == "decimal 0.1");
  CHECK(applied(decimal("0.004"), "round(1)") == "integer 0");
  CHECK(applied(decimal("999.995"), "round(2)") == "integer 1000");
  CHECK(applied(decimal("1250"), "round(-2)") == "integer 1300");
  CHECK(applied(decimal("49"), "round(-2)") == "integer 0");
  CHECK(applied(decimal("50"), "round(-2)") == "integer 100");
  CHECK(applied(decimal("0.1"), "scale(3)") == "decimal 0.3");
  CHECK(applied(decimal("-99999999999999999999"), "scale(0.01)") ==
        "decimal -999999999999999999.99");
  CHECK(applied(decimal("5"), "scale(0)") == "integer 0");
  CHECK(applied(" 1e3 ", "round") == "integer 1000");
  CHECK(applied(value_view{value_kind::real, "NaN"}, "round") == "refused: round: is no number");
  CHECK(applied("1e9999", "scale(2)") == "refused: scale: is no number");
}

TEST_CASE("numbers are formatted with the marks of a language") {
  CHECK(applied(decimal("-1234567.895"), "format(2, '.', ',')") == "text -1.234.567,90");
  CHECK(applied(decimal("0.5"), "format(0)") == "text 1");
  CHECK(applied(decimal("12"), "format(3)") == "text 12.000");
  CHECK(applied(decimal("-0.001"), "format(2)") == "text 0.00");
}

TEST_CASE("times are read as ISO 8601 writes them and refused where there are none") {
  CHECK(applied("2026-01-31T09:00:00+05:30", "epoch") == "integer 1769830200");
  CHECK(applied("1969-12-31T23:59:59.5Z", "epoch") == "integer -1");
  CHECK(applied("1969-12-31T23:59:59.5Z", "epoch('ms')") == "integer -500");
  CHECK(applied("2026-01-31", "epoch") == "integer 1769817600");
  for (const auto* none : {"", "31.1.2026", "2026-02-29", "2026-01-31T24:00", "2026-01-31T09",
                           "2026-01-31T09:00:00+", "2026-01-31 x"})
    CHECK_MESSAGE(applied(none, "epoch") == "refused: epoch: is no date or time", none);
  CHECK(applied(value_view{value_kind::integer, "2026"}, "epoch") ==
        "refused: epoch: is no date or time");
}

TEST_CASE("wall clocks follow the zone where they are changed") {
  CHECK(applied("2026-10-25T00:30:00Z", "zone('Europe/Zurich')") ==
        "timestamp 2026-10-25T02:30:00");
  CHECK(applied("2026-10-25 02:30", "from_zone('Europe/Zurich')") ==
        "timestamp_tz 2026-10-25T00:30:00Z");
  CHECK(applied("2026-03-29 02:30", "from_zone('Europe/Zurich')") ==
        "refused: from_zone: is skipped by the clocks of Europe/Zurich");
  CHECK(applied("2026-01-31", "zone('UTC')") ==
        "refused: zone: has no time zone; use from_zone to say which one it is of");
  CHECK(applied("2026-01-31T09:00:00Z", "from_zone('UTC')") ==
        "refused: from_zone: has a time zone already");
  CHECK(applied("2026-07-01T09:00:00.125Z", "zone('America/New_York')") ==
        "timestamp 2026-07-01T05:00:00.125");
}

TEST_CASE("parts and sums of dates follow the calendar") {
  CHECK(applied("2027-01-01", "part('week')") == "integer 53");
  CHECK(applied("2026-12-31", "part('yearday')") == "integer 365");
  CHECK(applied("2026-12-31", "part('quarter')") == "integer 4");
  CHECK(applied("2026-01-31", "part('hour')") == "refused: part: is a date without a time");
  CHECK(applied("2024-02-29", "add(1, 'years')") == "date 2025-02-28");
  CHECK(applied("2026-03-31T10:00:00Z", "add(-1, 'months')") ==
        "timestamp_tz 2026-02-28T10:00:00Z");
  CHECK(applied("2026-01-31 23:59:59", "add(1, 'seconds')") == "timestamp 2026-02-01T00:00:00");
  CHECK(applied("9999-12-31", "add(1, 'days')") ==
        "refused: add: is outside of the years 0 to 9999");
  CHECK(applied("2026-01-31", "add(1000000000, 'years')") ==
        "refused: add: is outside of the years 0 to 9999");
  CHECK(applied("2026-01-31", "format('%z')")
            .starts_with("refused: format: has no time zone, which the pattern names"));
  CHECK(applied("2026-01-31T09:05:07.25Z", "format('%Y%m%d %H:%M:%S.%L %Z 100%%')") ==
        "text 20260131 09:05:07.250 UTC 100%");
}

TEST_CASE("what is hashed already is hashed again only if told so") {
  const std::string hash(64, 'A');
  CHECK(applied(hash, "sha256")
            .starts_with("refused: sha256: is hashed already (64 hexadecimal digits)"));
  CHECK(applied(hash, "sha256('hex', 'keep')") == "text " + std::string(64, 'a'));
  CHECK(applied(hash, "sha256('hex', 'again')").size() == 5 + 64);
  CHECK(applied(hash, "sha256('base64', 'keep')") ==
        "text qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=");
  CHECK(applied(hash, "md5('hex', 'keep')").starts_with("refused: md5: is hashed already"));
  CHECK(applied(std::string(63, 'a') + "g", "sha256").starts_with("text "));
  CHECK(applied(std::string(32, 'a'), "md5").starts_with("refused: "));
  CHECK(applied(std::string(32, 'a'), "sha256").starts_with("text "));
}

TEST_CASE("a part of a document is taken as it is written") {
  const value_view json{
      value_kind::json,
      R"({"a":{"b":[12345678901234567890.10, "x\u00e9", true, null, {"c" : 1} ]}})"};
  CHECK(applied(json, "pick('/a/b/0')") == "decimal 12345678901234567890.10");
  CHECK(applied(json, "pick('/a/b/1')") == "text xé");
  CHECK(applied(json, "pick('/a/b/2')") == "boolean 1");
  CHECK(applied(json, "pick('/a/b/3')") == "null");
  CHECK(applied(json, "pick('/a/b/4')") == R"(json {"c" : 1})");
  CHECK(applied(json, "pick('/a/b/9')") == "null");
  CHECK(applied(json, "pick('/x')") == "null");
  CHECK(applied("3", "pick('/x')") == "null");
  CHECK(applied("{", "pick('/x')") == "refused: pick: is no JSON");
  CHECK(applied("[1]", "keys") == "refused: keys: is no JSON object");
  CHECK(applied("[[1]]", "join(',')") == "refused: join: has arrays or objects inside");
  CHECK(applied("[]", "join(',')") == "text ");
}

TEST_CASE("cases are chosen by value") {
  CHECK(applied(decimal("1.00"), "case(1, 'one')") == "text one");
  CHECK(applied("1", "case(1, 'one')") == "text one");
  CHECK(applied("2", "case(1, 'one', 'other')") == "text other");
  CHECK(applied("2", "case(1, 'one')") == "refused: case: has none of the listed values");
  CHECK(applied(value_view{value_kind::boolean, "0"}, "case(false, 'no', true, 'yes')") ==
        "text no");
  CHECK(applied(decimal("0.00"), "null_if(0)") == "null");
}
