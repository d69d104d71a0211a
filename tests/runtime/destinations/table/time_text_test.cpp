#include "runtime/destinations/table/time_text.hpp"

#include <doctest/doctest.h>

using namespace sluice::destinations;

TEST_CASE("dates and times of one meaning are taken apart") {
  const auto all = time_text::read("2026-01-31T09:00:00.2500+02:00");
  REQUIRE(all.has_value());
  CHECK(all->date == "2026-01-31");
  CHECK(all->time == "09:00:00");
  CHECK(all->fraction == "25");
  CHECK(all->zone == "+02:00");
  CHECK_FALSE(all->is_utc());

  const auto date = time_text::read("2026-01-31");
  REQUIRE(date.has_value());
  CHECK(date->time.empty());
  const auto time = time_text::read("09:00");
  REQUIRE(time.has_value());
  CHECK(time->date.empty());
  CHECK(time->is_time_of_day());
  for (const auto* utc : {"2026-01-31 09:00Z", "09:00:00+00", "09:00:00.5-00:00", "09:00+0000"})
    CHECK(time_text::read(utc).value().is_utc());
  for (const auto* span : {"120:00:00", "-12:00:00", "-838:59:59.5"})
    CHECK_FALSE(time_text::read(span).value().is_time_of_day());
}

TEST_CASE("what databases read in ways of their own is no date or time") {
  for (const auto* text : {"",
                           "today",
                           "now",
                           "infinity",
                           "20260131",
                           "26-1-2",
                           "2026-1-2",
                           "01/02/2026",
                           "7",
                           "1020",
                           "1 10:00:00",
                           "2026-01-31x",
                           "2026-01-31 ",
                           "2026-01-31  09:00:00",
                           "2026-01-31Z",
                           "2026-01-31T",
                           "2026-01-31 9:00",
                           "2026-01-31 -09:00:00",
                           "09:00:00.",
                           "09:00.5",
                           "09:00:00 +02",
                           "09:00:00+2",
                           "09:00:00+02:00:00",
                           "09:00:00 PM",
                           "12026-01-31",
                           "09:00:00 ",
                           " 09:00:00",
                           "24h",
                           "1000:00:00"})
    CHECK_FALSE(time_text::read(text).has_value());
}

TEST_CASE("second 60 is seen, minute 60 is left to the database") {
  CHECK(time_text::read("23:59:60").value().has_leap_second());
  CHECK(time_text::read("2026-12-31 23:59:60.5Z").value().has_leap_second());
  CHECK_FALSE(time_text::read("10:60").value().has_leap_second());
  CHECK_FALSE(time_text::read("10:60:00").value().has_leap_second());
}
