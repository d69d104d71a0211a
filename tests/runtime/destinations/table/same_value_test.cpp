#include "runtime/destinations/table/same_value.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::destinations;

namespace {

bool same(value_kind kind, std::string_view sent, std::string_view read) {
  return is_same_value({kind, sent}, read);
}

}  // namespace

TEST_CASE("NULL is only NULL") {
  CHECK(is_same_value({}, std::nullopt));
  CHECK_FALSE(is_same_value({}, ""));
  CHECK_FALSE(is_same_value({value_kind::text, ""}, std::nullopt));
}

TEST_CASE("numbers are the same by their exact value") {
  for (const auto& [a, b] : {std::pair{"1.50", "1.5"},
                             {"1", "1.000"},
                             {"0", "-0.00"},
                             {"100", "1e2"},
                             {"0.001", "1E-3"},
                             {"+7", "7"},
                             {"007", "7"},
                             {".5", "0.5"},
                             {"5.", "5"},
                             {"12345678901234567890123.10", "12345678901234567890123.1"}}) {
    CAPTURE(a);
    CHECK(same(value_kind::decimal, a, b));
    CHECK(same(value_kind::integer, b, a));
  }
  for (const auto& [a, b] : {std::pair{"1.5", "1.4"},
                             {"1", "-1"},
                             {"12345678901234567890123", "12345678901234567890124"},
                             {"0.30000000000000004", "0.3"},
                             {"1", "01.1"},
                             {"10", "1"},
                             {"1", ""},
                             {"1", "1 "},
                             {"0", "false"},
                             {"1", "1.2.3"}}) {
    CAPTURE(a);
    CHECK_FALSE(same(value_kind::decimal, a, b));
  }
  CHECK(same(value_kind::real, "0.1", "1e-01"));
  CHECK(same(value_kind::real, "0.1", "0.10000000000000001"));
  CHECK_FALSE(same(value_kind::real, "0.30000000000000004", "0.3"));
  CHECK(same(value_kind::real, "-0", "0"));
}

TEST_CASE("booleans are the same however they are written") {
  for (const auto* yes : {"1", "t", "true", "TRUE"}) CHECK(same(value_kind::boolean, "1", yes));
  for (const auto* no : {"0", "f", "false"}) CHECK(same(value_kind::boolean, "0", no));
  for (const auto* other : {"0", "false", "-1", "2", "yes", ""})
    CHECK_FALSE(same(value_kind::boolean, "1", other));
}

TEST_CASE("times are the same at the same instant") {
  const auto ts = value_kind::timestamp_tz;
  CHECK(same(ts, "2026-01-31 09:00:00.5Z", "2026-01-31 09:00:00.500000"));
  CHECK(same(ts, "2026-01-31T09:00:00Z", "2026-01-31 09:00:00+00:00"));
  CHECK(same(value_kind::date, "2026-01-31", "2026-01-31 00:00:00"));
  CHECK(same(value_kind::time, "09:00:00", "09:00:00.000"));
  CHECK_FALSE(same(value_kind::date, "2026-01-31", "2026-01-31 00:00:01"));
  CHECK_FALSE(same(ts, "2026-01-31 09:00:00", "2026-01-31 09:00:00+01:00"));
  CHECK_FALSE(same(ts, "2026-01-31 09:00:00", "2026-01-31 09:00:00.001"));
  CHECK_FALSE(same(ts, "2026-01-31 09:00:00", "2026-01-31"));
  CHECK_FALSE(same(value_kind::time, "00:00:00", ""));
}

TEST_CASE("texts and bytes are the same byte by byte") {
  CHECK(same(value_kind::text, "1.50", "1.50"));
  for (const auto* other : {"1.5", "1.50 ", " 1.50", "1.500"})
    CHECK_FALSE(same(value_kind::text, "1.50", other));
  CHECK_FALSE(same(value_kind::text, "a", "A"));
  CHECK_FALSE(same(value_kind::binary, std::string_view("a\0", 2), "a"));
}

TEST_CASE("uuids are the same in any case and JSON with any space between its tokens") {
  CHECK(same(value_kind::uuid, "018cc251-f400-7000-8000-00000000000a",
             "{018CC251-F400-7000-8000-00000000000A}"));
  CHECK(same(value_kind::json, R"({"a":[1,"b \" c"]})", R"({ "a" : [1, "b \" c"] })"));
  CHECK_FALSE(same(value_kind::json, R"({"a":"b c"})", R"({"a":"bc"})"));
  CHECK_FALSE(same(value_kind::json, R"({"a":"b\" c"})", R"({"a":"b\"c"})"));
}
