#include "messages/timestamp.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a time is printed in UTC with milliseconds and reads back as itself") {
  const timestamp t{std::chrono::milliseconds{1'769'850'000'007}};
  CHECK(format_timestamp(t) == "2026-01-31T09:00:00.007Z");
  CHECK(parse_timestamp("2026-01-31T09:00:00.007Z") == t);
  CHECK(format_timestamp(timestamp{}) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("times before 1970 round down to their day") {
  const timestamp t{std::chrono::milliseconds{-1}};
  CHECK(format_timestamp(t) == "1969-12-31T23:59:59.999Z");
  CHECK(parse_timestamp("1969-12-31T23:59:59.999Z") == t);
}

TEST_CASE("only the printed form is read and only for times that exist") {
  CHECK(parse_timestamp("2024-02-29T00:00:00.000Z"));
  for (const auto* text :
       {"", "2026-01-31", "2026-01-31T09:00:00Z", "2026-01-31 09:00:00.000Z",
        "2026-01-31T09:00:00.000+01:00", "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z",
        "2026-01-31T24:00:00.000Z", "2026-01-31T09:60:00.000Z", "2026-01-31T09:00:00.000ZZ",
        "2026-01-31T09:00:-1.000Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}
