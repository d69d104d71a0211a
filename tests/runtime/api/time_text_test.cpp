#include "runtime/api/time_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

namespace {

std::string read(const std::string& text) {
  const auto t = api::parse_time(text);
  return t ? format_timestamp(*t) : "none";
}

}  // namespace

TEST_CASE("times are read in every form of RFC 3339") {
  CHECK(read("2026-01-31T09:00:00Z") == "2026-01-31T09:00:00.000Z");
  CHECK(read("2026-01-31T09:00:00.120Z") == "2026-01-31T09:00:00.120Z");
  CHECK(read("2026-01-31T09:00:00.1239999Z") == "2026-01-31T09:00:00.123Z");
  CHECK(read("2026-01-31T09:00:00.5Z") == "2026-01-31T09:00:00.500Z");
  CHECK(read("2026-01-31t09:00:00z") == "2026-01-31T09:00:00.000Z");
  CHECK(read("2026-01-31 09:00:00Z") == "2026-01-31T09:00:00.000Z");
  CHECK(read("2026-01-31T09:00:00+01:30") == "2026-01-31T07:30:00.000Z");
  CHECK(read("2026-01-31T23:00:00-05:00") == "2026-02-01T04:00:00.000Z");
}

TEST_CASE("a plus sign that a query took for a blank is one") {
  CHECK(read("2026-01-31T09:00:00 01:00") == "2026-01-31T08:00:00.000Z");
}

TEST_CASE("other texts are no times") {
  for (const std::string text :
       {"", "2026-01-31", "2026-01-31T09:00Z", "2026-01-31T09:00:00", "2026-02-30T09:00:00Z",
        "2026-01-31T25:00:00Z", "2026-01-31T09:00:00.Z", "2026-01-31T09:00:00+0100",
        "2026-01-31T09:00:00+24:00", "2026-01-31T09:00:00+01:60", "2026-01-31T09:00:00Zx",
        "1769850000", "2026-01-31T09:00:00.1x3Z", "2026-01-31T09:00:00*01:00"})
    CHECK_MESSAGE(read(text) == "none", text);
}
