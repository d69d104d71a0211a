#include "runtime/source/canonical.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace sluice;
using namespace sluice::source;

namespace {

/// Kind and text of a canonical value, or the reason why there is none.
struct outcome {
  value_kind kind = value_kind::null;
  std::string text;
  bool operator==(const outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const outcome& x) {
  return out << to_string(x.kind) << " '" << x.text << "'";
}
outcome invalid(std::string reason) { return {value_kind::null, std::move(reason)}; }

outcome typed(value_kind kind, std::string_view bytes, bool single = false) {
  column_plan plan{.kind = kind};
  plan.single_precision = single;
  scratch room;
  value_view value;
  const char* problem = to_canonical(plan, bytes, room, value);
  return problem == nullptr ? outcome{value.kind, std::string(value.bytes)} : invalid(problem);
}

outcome dynamic(value_kind declared, value_kind kind, std::string_view bytes) {
  scratch room;
  value_view value;
  const char* problem = to_canonical_dynamic({.kind = declared}, {kind, bytes}, room, value);
  return problem == nullptr ? outcome{value.kind, std::string(value.bytes)} : invalid(problem);
}

}  // namespace

TEST_CASE("server texts become canonical values") {
  using enum value_kind;
  CHECK(typed(boolean, "t") == outcome{boolean, "1"});
  CHECK(typed(boolean, "0") == outcome{boolean, "0"});
  CHECK(typed(boolean, "-7") == outcome{integer, "-7"});
  CHECK(typed(integer, "-9223372036854775808") == outcome{integer, "-9223372036854775808"});
  CHECK(typed(integer, "007") == outcome{integer, "7"});
  CHECK(typed(integer, "0") == outcome{integer, "0"});
  CHECK(typed(decimal, "12345678901234567890.1234567890") ==
        outcome{decimal, "12345678901234567890.1234567890"});
  CHECK(typed(decimal, "NaN") == outcome{real, "NaN"});
  CHECK(typed(decimal, "-Infinity") == outcome{real, "-Infinity"});
  CHECK(typed(real, "0.30000000000000004") == outcome{real, "0.30000000000000004"});
  CHECK(typed(real, "Infinity") == outcome{real, "Infinity"});
  CHECK(typed(real, "0.10000000149011612", true) == outcome{real, "0.1"});
  CHECK(typed(date, "2024-02-29") == outcome{date, "2024-02-29"});
  CHECK(typed(time, "23:59:59.500") == outcome{time, "23:59:59.5"});
  CHECK(typed(time, "12:00:00.000000") == outcome{time, "12:00:00"});
  CHECK(typed(timestamp, "2024-01-02 03:04:05.060000") ==
        outcome{timestamp, "2024-01-02T03:04:05.06"});
  CHECK(typed(timestamp_tz, "2024-01-02 03:04:05+00") ==
        outcome{timestamp_tz, "2024-01-02T03:04:05Z"});
  CHECK(typed(timestamp_tz, "2024-01-02 03:04:05.5") ==
        outcome{timestamp_tz, "2024-01-02T03:04:05.5Z"});
  CHECK(typed(uuid, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11") ==
        outcome{uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"});
  CHECK(typed(json, "{\"a\": [1, 12345678901234567890123]}").kind == json);
  CHECK(typed(binary, std::string_view("\0\xff", 2)) == outcome{binary, std::string("\0\xff", 2)});
  CHECK(typed(text, "größe 🙂") == outcome{text, "größe 🙂"});
}

TEST_CASE("values without a canonical form say why") {
  using enum value_kind;
  const auto not_utf8 = invalid("is not valid UTF-8");
  for (const std::string_view bad : {"\xff", "a\xc3", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    CHECK(typed(text, bad) == not_utf8);
    CHECK(typed(json, bad) == not_utf8);
  }
  for (const std::string_view bad : {"", "{", "{'a':1}", "[1,]", "nul"})
    CHECK(typed(json, bad) == invalid("is not valid JSON"));
  for (const std::string_view bad :
       {"infinity", "-infinity", "0000-00-00", "2024-00-10", "2024-01-00", "0044-03-15 BC",
        "12024-01-01", "2024-1-1", "2024-01-0x", ""})
    CHECK(typed(date, bad).text == "is not a date between the years 1 and 9999");
  for (const std::string_view bad :
       {"infinity", "0000-00-00 00:00:00.000000", "0044-03-15 00:00:00+00 BC",
        "12024-01-01 00:00:00+00", "2024-01-01", "2024-01-01 25:00:00", "2024-01-01 00:00:00."}) {
    CHECK(typed(timestamp, bad).text.starts_with("is not a point in time"));
    CHECK(typed(timestamp_tz, bad).text.starts_with("is not a point in time"));
  }
}

TEST_CASE("a span that is no time of day is delivered as text") {
  using enum value_kind;
  CHECK(typed(time, "-838:59:59.500") == outcome{text, "-838:59:59.500"});
  CHECK(typed(time, "24:00:00") == outcome{text, "24:00:00"});
  CHECK(typed(uuid, "no uuid") == outcome{text, "no uuid"});
}

TEST_CASE("a SQLite value is what its declared type says if it fits and else what it is") {
  using enum value_kind;
  CHECK(dynamic(integer, integer, "42") == outcome{integer, "42"});
  CHECK(dynamic(integer, text, "abc") == outcome{text, "abc"});
  CHECK(dynamic(integer, real, "1.5") == outcome{real, "1.5"});
  CHECK(dynamic(boolean, integer, "1") == outcome{boolean, "1"});
  CHECK(dynamic(boolean, integer, "2") == outcome{integer, "2"});
  CHECK(dynamic(boolean, text, "TRUE") == outcome{boolean, "1"});
  CHECK(dynamic(boolean, text, "yes") == outcome{text, "yes"});
  CHECK(dynamic(real, real, "0.10000000000000001") == outcome{real, "0.1"});
  CHECK(dynamic(real, real, "0.30000000000000004") == outcome{real, "0.30000000000000004"});
  CHECK(dynamic(real, real, "-Inf") == outcome{real, "-Infinity"});
  CHECK(dynamic(decimal, real, "12.5") == outcome{decimal, "12.5"});
  CHECK(dynamic(decimal, integer, "12") == outcome{decimal, "12"});
  CHECK(dynamic(text, binary, "\xff") == outcome{binary, "\xff"});
  CHECK(dynamic(text, text, "\xff") == invalid("is not valid UTF-8"));
  CHECK(dynamic(date, text, "2024-01-02") == outcome{date, "2024-01-02"});
  CHECK(dynamic(date, text, "02.01.2024") == outcome{text, "02.01.2024"});
  CHECK(dynamic(date, integer, "1704153600") == outcome{integer, "1704153600"});
  CHECK(dynamic(timestamp, text, "2024-01-02 03:04:05") ==
        outcome{timestamp, "2024-01-02T03:04:05"});
  CHECK(dynamic(timestamp, text, "2024-01-02T03:04:05.120Z") ==
        outcome{timestamp_tz, "2024-01-02T03:04:05.12Z"});
  CHECK(dynamic(timestamp, text, "2024-01-02 03:04:05+02:00") ==
        outcome{text, "2024-01-02 03:04:05+02:00"});
  CHECK(dynamic(time, text, "03:04:05") == outcome{time, "03:04:05"});
  CHECK(dynamic(json, text, "[1]") == outcome{json, "[1]"});
  CHECK(dynamic(json, text, "[1") == invalid("is not valid JSON"));
  CHECK(dynamic(uuid, text, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11") ==
        outcome{uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"});
}
