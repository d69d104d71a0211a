#include "runtime/config/duration.hpp"

#include <doctest/doctest.h>

#include "tests/support/broken_contract.hpp"

using namespace sluice::config;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("15m") == 15min);
  CHECK(parse_duration("24h") == 24h);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("0s") == 0s);
}

TEST_CASE("anything else is no duration") {
  for (const auto* text : {"", "30", "s", "-1s", "-0s", "+1s", "1.5s", " 1s", "1s ", "1 s", "1S",
                           "1sec", "1m30s", "99999999999999999999s", "9223372036854775807d"})
    CHECK_MESSAGE(!parse_duration(text), text);
}

TEST_CASE("a duration is printed with the longest unit that keeps its value") {
  CHECK(to_text(250ms) == "250ms");
  CHECK(to_text(60s) == "1m");
  CHECK(to_text(90s) == "90s");
  CHECK(to_text(168h) == "7d");
  CHECK(to_text(0ms) == "0s");
  CHECK(parse_duration(to_text(1'234'567ms)) == 1'234'567ms);
}

TEST_CASE("a negative duration is a defect, not a text that cannot be read again") {
  CHECK(sluice::test::broken_contract([] { to_text(-1ms); }) ==
        "print duration: expected a duration that is not negative");
}
