#include "runtime/schedule/time_zone.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/runtime/schedule/wall_clock.hpp"

using namespace sluice;
using schedule::time_zone;
using test::at;
using namespace std::chrono_literals;

TEST_CASE("zones have the names of the IANA database") {
  const auto names = time_zone::names();
  CHECK(std::ranges::is_sorted(names));
  CHECK(std::ranges::adjacent_find(names) == names.end());
  for (const auto name : {"UTC", "Europe/Zurich", "America/Argentina/Ushuaia", "Etc/GMT+1"}) {
    CHECK(std::ranges::binary_search(names, std::string_view(name)));
    REQUIRE(time_zone::find(name));
    CHECK(time_zone::find(name)->name() == name);
  }
  for (const auto& name : {"", "utc", "Europe/Zurch", "Europe", "../../etc/passwd", "localtime",
                           "right/Europe/Zurich", "posix/Europe/Zurich", "Factory"})
    CHECK_FALSE_MESSAGE(time_zone::find(name), name);
}

TEST_CASE("every zone that is named can be used") {
  for (const auto name : time_zone::names()) CHECK_MESSAGE(time_zone::find(name), name);
}

TEST_CASE("a zone is UTC unless one is asked for") {
  CHECK(time_zone{} == time_zone::find("UTC"));
  CHECK(time_zone{}.name() == "UTC");
  CHECK(time_zone{} != time_zone::find("Europe/Zurich"));
  CHECK(time_zone::find("Europe/Zurich") == time_zone::find("Europe/Zurich"));
}

TEST_CASE("a zone knows how far it is from UTC, and from when until when") {
  const auto zurich = time_zone::find("Europe/Zurich").value();
  const auto summer = zurich.period_at(at("2026-07-01T00:00Z"));
  CHECK(summer.offset == 2h);
  CHECK(summer.begin == at("2026-03-29T01:00Z"));
  CHECK(summer.end == at("2026-10-25T01:00Z"));
  CHECK(zurich.period_at(summer.end).begin == summer.end);
  CHECK(zurich.period_at(summer.end).offset == 1h);
  CHECK(zurich.period_at(summer.begin - 1ms).end == summer.begin);
  const auto ever = time_zone{}.period_at(at("2026-07-01T00:00Z"));
  CHECK(ever.offset == 0s);
  CHECK(ever.begin == schedule::first_time);
  CHECK(ever.end > schedule::last_time);
}

TEST_CASE("periods reach from the first time to the last without a hole") {
  for (const auto name : {"Europe/Zurich", "Pacific/Apia", "Etc/GMT+1", "America/Sao_Paulo"}) {
    const auto zone = time_zone::find(name).value();
    auto t = schedule::first_time;
    while (t <= schedule::last_time) {
      const auto period = zone.period_at(t);
      CHECK(period.begin == t);
      REQUIRE(period.end > t);
      CHECK(zone.period_at(period.end - 1ms).begin == t);
      t = period.end;
    }
    CHECK(t == schedule::last_time + 1ms);
  }
}

TEST_CASE("daylight saving is known for years to come") {
  // That the system's files list it, which is a choice of who packages them.
  const auto zone = time_zone::find("Europe/Zurich").value();
  CHECK(zone.period_at(at("2037-07-01T00:00Z")).offset == 2h);
}

TEST_CASE("threads may ask for zones at the same time") {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (const auto name : time_zone::names())
        if (const auto zone = time_zone::find(name))
          static_cast<void>(zone->period_at(at("2026-07-01T00:00Z")));
    });
  for (auto& t : threads) t.join();
  CHECK(time_zone::find("Asia/Tokyo")->period_at(at("2026-07-01T00:00Z")).offset == 9h);
}
