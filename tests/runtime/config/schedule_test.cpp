#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::config_folder;

namespace {

/// A second connection, for `customers` to come after.
void add_connection(const config_folder& folder, const std::string& name,
                    const std::string& schedule) {
  folder.write("connections/" + name + ".json",
               R"({"source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
                   "destination": {"kind": "jsonl", "path": ")" +
                   name + R"(.jsonl"}, "schedule": )" + schedule + "}");
}

schedule::plan read_schedule(const std::string& schedule) {
  const config_folder folder;
  folder.patch_connection(R"({"schedule": )" + schedule + "}");
  return folder.customers().schedule;
}

/// The problems with a schedule, without the name of the file.
std::string schedule_problems(const std::string& schedule) {
  const config_folder folder;
  folder.patch_connection(R"({"schedule": )" + schedule + "}");
  const std::string file = "connections/customers.json:";
  auto text = folder.problems();
  for (auto at = text.find(file); at != std::string::npos; at = text.find(file))
    text.erase(at, file.size());
  return text;
}

}  // namespace

TEST_CASE("a connection runs on request unless it has a schedule") {
  CHECK(config_folder().customers().schedule == schedule::plan{schedule::manual{}});
  CHECK(read_schedule("\"manual\"") == schedule::plan{schedule::manual{}});
}

TEST_CASE("an interval is read with its start and its time zone") {
  CHECK(read_schedule(R"({"every": "15m"})") == schedule::plan{schedule::every{15min, {}, {}}});
  CHECK(read_schedule(R"({"every": "1s"})") == schedule::plan{schedule::every{1s, {}, {}}});
  CHECK(read_schedule(R"({"every": "366d", "starting_at": "06:00"})") ==
        schedule::plan{schedule::every{366 * 24h, 6h, {}}});
  CHECK(read_schedule(
            R"({"every": "24h", "starting_at": "06:00:30", "timezone": "Europe/Zurich"})") ==
        schedule::plan{
            schedule::every{24h, 6h + 30s, schedule::time_zone::find("Europe/Zurich").value()}});
}

TEST_CASE("a cron is read with its time zone") {
  const auto plan = read_schedule(R"({"cron": "30 6 * * mon-fri", "timezone": "Europe/Zurich"})");
  const auto zone = schedule::time_zone::find("Europe/Zurich").value();
  CHECK(plan ==
        schedule::plan{std::get<schedule::cron>(schedule::parse_cron("30 6 * * mon-fri", zone))});
  CHECK(read_schedule(R"({"cron": "@hourly"})") ==
        schedule::plan{std::get<schedule::cron>(schedule::parse_cron("@hourly"))});
}

TEST_CASE("references in a schedule are resolved, and never shown where they are wrong") {
  const test::variable when("SLUICE_TEST_WHEN", "@daily");
  const test::variable secret("SLUICE_TEST_SECRET", "canary");
  CHECK(read_schedule(R"({"cron": "${env:SLUICE_TEST_WHEN}"})") ==
        schedule::plan{std::get<schedule::cron>(schedule::parse_cron("@daily"))});
  for (const auto* bad :
       {R"("${env:SLUICE_TEST_SECRET}")", R"({"every": "${env:SLUICE_TEST_SECRET}"})",
        R"({"every": "1h", "starting_at": "${env:SLUICE_TEST_SECRET}"})",
        R"({"cron": "${env:SLUICE_TEST_SECRET}"})",
        R"({"cron": "@daily", "timezone": "${env:SLUICE_TEST_SECRET}"})",
        R"({"after": "${env:SLUICE_TEST_SECRET}"})"}) {
    const auto text = schedule_problems(bad);
    CHECK_FALSE_MESSAGE(text.empty(), bad);
    CHECK_MESSAGE(text.find("canary") == std::string::npos, text);
  }
}

TEST_CASE("a schedule that says nothing known is refused with what can be said") {
  const std::string hint =
      "write \"manual\", {\"every\": \"15m\"}, {\"cron\": \"30 6 * * mon-fri\"} or {\"after\": "
      "\"customers\"}\n";
  CHECK(schedule_problems("\"hourly\"") == "/schedule: \"hourly\" is not known; " + hint);
  CHECK(schedule_problems("{}") == "/schedule: does not say when; " + hint);
  CHECK(schedule_problems(R"({"timezone": "UTC"})") == "/schedule: does not say when; " + hint);
  CHECK(schedule_problems("5") == "/schedule: is a number; it must be an object\n");
  CHECK(schedule_problems(R"({"evry": "15m"})") ==
        "/schedule/evry: unknown key \"evry\"; did you mean \"every\"?\n/schedule: does not say "
        "when; " +
            hint);
  CHECK(schedule_problems(R"({"every": "15m", "cron": "@hourly"})") ==
        "/schedule: has both \"every\" and \"cron\"; a connection has one schedule\n");
}

TEST_CASE("an interval has bounds and a unit") {
  CHECK(schedule_problems(R"({"every": "999ms"})") ==
        "/schedule/every: \"999ms\" is not allowed; it must be from 1s to 366d\n");
  CHECK(schedule_problems(R"({"every": "367d"})") ==
        "/schedule/every: \"367d\" is not allowed; it must be from 1s to 366d\n");
  CHECK(
      schedule_problems(R"({"every": "15"})").find("/schedule/every: \"15\" is not a duration; ") ==
      0);
  CHECK(schedule_problems(R"({"every": 15})").find("/schedule/every: is a number; ") == 0);
}

TEST_CASE("a start that is no time of day, a time zone that is none and keys that do not fit") {
  CHECK(
      schedule_problems(R"({"every": "1h", "starting_at": "6:00"})") ==
      "/schedule/starting_at: \"6:00\" is no time of day; write hours and minutes, with seconds if "
      "need be: \"06:00\", \"18:30:15\"\n");
  CHECK(schedule_problems(R"({"every": "1h", "timezone": "Europe/Zurich"})") ==
        "/schedule/timezone: has no effect without \"starting_at\"; add \"starting_at\": \"00:00\" "
        "for the local time, or remove the time zone\n");
  CHECK(schedule_problems(R"({"cron": "@daily", "starting_at": "06:00"})") ==
        "/schedule/starting_at: does not go with \"cron\"; it goes with \"every\"\n");
  const config_folder folder;
  add_connection(folder, "orders", "\"manual\"");
  CHECK(folder.problems_with(R"({"schedule": {"after": "orders", "timezone": "UTC"}})") ==
        "connections/customers.json:/schedule/timezone: does not go with \"after\"; it goes with "
        "\"every\" and \"cron\"\n");
}

TEST_CASE("a time zone that is not known is refused with the nearest one") {
  const auto zone = [](const std::string& name) {
    return schedule_problems(R"({"cron": "@daily", "timezone": ")" + name + R"("})");
  };
  CHECK(zone("Europe/Zürich") ==
        "/schedule/timezone: \"Europe/Zürich\" is no time zone; did you mean \"Europe/Zurich\"?\n");
  CHECK(zone("europe/zurich") ==
        "/schedule/timezone: \"europe/zurich\" is no time zone; did you mean \"Europe/Zurich\"?\n");
  CHECK(zone("New York") ==
        "/schedule/timezone: \"New York\" is no time zone; did you mean \"America/New_York\"?\n");
  CHECK(
      zone("Middle-earth/Bree") ==
      "/schedule/timezone: \"Middle-earth/Bree\" is no time zone; names are those of the IANA time "
      "zone database, for example \"Europe/Zurich\"\n");
  CHECK(zone("") == "/schedule/timezone: is empty; it must not be empty\n");
}

TEST_CASE("a bad cron is refused with its field") {
  CHECK(schedule_problems(R"({"cron": "0 25 * * *"})") ==
        "/schedule/cron: the hour \"25\" is out of range 0 to 23\n");
  CHECK(schedule_problems(R"({"cron": "0 0 30 2 *", "timezone": "Mars"})")
            .find("/schedule/cron: the day of "
                  "month \"30\" never comes in month \"2\"; it would never be due\n") !=
        std::string::npos);
  CHECK(schedule_problems(R"({"cron": 5})") ==
        "/schedule/cron: is a number; it must be a string\n");
}

TEST_CASE("a connection may run after another one") {
  const config_folder folder;
  add_connection(folder, "orders", R"({"after": "customers"})");
  add_connection(folder, "lines", R"({"after": "orders"})");
  const auto node = folder.valid();
  CHECK(node.connections.at("orders").schedule == schedule::plan{schedule::after{"customers"}});
  CHECK(node.connections.at("lines").schedule == schedule::plan{schedule::after{"orders"}});
}

TEST_CASE("a connection cannot run after one that does not exist") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"schedule": {"after": "orders"}})") ==
        "connections/customers.json:/schedule/after: no connection has this name; name another "
        "connection of this node\n");
  add_connection(folder, "orders", R"({"after": "custmers"})");
  folder.patch_connection(R"({"schedule": "manual"})");
  CHECK(folder.problems() ==
        "connections/orders.json:/schedule/after: no connection has this name; did you mean "
        "\"customers\"?\n");
}

TEST_CASE("where a file cannot be read its connection is not reported as missing, too") {
  const config_folder folder;
  folder.write("connections/orders.json", "{");
  folder.patch_connection(R"({"schedule": {"after": "orders"}})");
  const auto text = folder.problems();
  CHECK(text.find("connections/orders.json: is not valid JSON") == 0);
  CHECK(text.find("/schedule/after") == std::string::npos);
}

TEST_CASE("connections that wait for each other are refused, once for each circle") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"schedule": {"after": "customers"}})") ==
        "connections/customers.json:/schedule/after: a connection cannot run after itself; name "
        "another connection of this node\n");
  folder.patch_connection(R"({"schedule": "manual"})");
  add_connection(folder, "b", R"({"after": "c"})");
  add_connection(folder, "c", R"({"after": "d"})");
  add_connection(folder, "d", R"({"after": "b"})");
  add_connection(folder, "a", R"({"after": "c"})");  // leads to the circle and is not on it
  add_connection(folder, "x", R"({"after": "y"})");
  add_connection(folder, "y", R"({"after": "x"})");
  CHECK(folder.problems() ==
        "connections/b.json:/schedule/after: none of these would ever run: \"b\" after \"c\" after "
        "\"d\" after \"b\"; give one of them another schedule\n"
        "connections/x.json:/schedule/after: none of these would ever run: \"x\" after \"y\" after "
        "\"x\"; give one of them another schedule\n");
}

TEST_CASE("the effective configuration shows a schedule as it was written") {
  const config_folder folder;
  const auto* const written = R"({"every": "15m", "starting_at": "06:00"})";
  folder.patch_connection(R"({"schedule": )" + std::string(written) + "}");
  const auto all = nlohmann::json::parse(folder.effective());
  CHECK(all["connections"]["customers"]["schedule"] == nlohmann::json::parse(written));
}
