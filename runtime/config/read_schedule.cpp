// When runs begin: by request, by the clock, or after those of another connection.
#include <algorithm>

#include "runtime/config/sections.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

constexpr auto examples =
    R"("manual", {"every": "15m"}, {"cron": "30 6 * * mon-fri"} or {"after": "customers"})";

/// The value as a message may show it: never what a reference resolves to.
std::string shown(const json_value& value, const std::string& resolved) {
  const bool literal = value.raw().get_ref<const std::string&>() == resolved;
  return literal ? value.quoted() : value.quoted() + " resolves to what";
}

/// `Zurich` of `Europe/Zurich`.
std::string_view place(std::string_view zone) { return zone.substr(zone.rfind('/') + 1); }

std::string zone_hint(std::string_view name) {
  const auto zones = schedule::time_zone::names();
  if (const auto near = nearest(name, zones)) return "did you mean \"" + std::string(*near) + "\"?";
  std::vector<std::string_view> places;
  for (const auto zone : zones) places.push_back(place(zone));
  if (const auto near = nearest(name, places)) {
    const auto index = std::ranges::find(places, *near) - places.begin();
    return "did you mean \"" + std::string(zones[static_cast<std::size_t>(index)]) + "\"?";
  }
  if (zones.size() == 1) return "this system has no time zones but \"UTC\"; install tzdata";
  return "names are those of the IANA time zone database, for example \"Europe/Zurich\"";
}

schedule::time_zone read_time_zone(const json_value& value) {
  const auto name = value.as_text();
  if (!name) return {};
  const auto zone = schedule::time_zone::find(*name);
  if (const auto damage = zone ? std::string() : schedule::time_zone::damage(*name);
      !damage.empty())
    value.complain(value.quoted() + " cannot be read: " + damage,
                   "reinstall tzdata, and restart the node");
  else if (!zone)
    value.complain(shown(value, *name) + " is no time zone", zone_hint(*name));
  return zone.value_or(schedule::time_zone{});
}

schedule::plan read_every(const json_value& root) {
  schedule::every out;
  out.interval = root.member("every")
                     .as_duration(schedule::shortest_interval, schedule::longest_interval)
                     .value_or(schedule::longest_interval);
  const auto start = root.member("starting_at");
  if (const auto text = start.as_text()) {
    out.starting_at = schedule::parse_time_of_day(*text);
    if (!out.starting_at)
      start.complain(shown(start, *text) + " is no time of day",
                     "write hours and minutes, with seconds if need be: \"06:00\", \"18:30:15\"");
  }
  const auto zone = root.member("timezone");
  if (zone.present() && !start.present())
    zone.complain("has no effect without \"starting_at\"",
                  "add \"starting_at\": \"00:00\" for the local time, or remove the time zone");
  out.zone = read_time_zone(zone);
  return out;
}

schedule::plan read_cron(const json_value& root) {
  const auto zone = read_time_zone(root.member("timezone"));
  const auto value = root.member("cron");
  const auto text = value.as_text();
  if (!text) return schedule::manual{};
  auto out = schedule::parse_cron(*text, zone);
  if (auto* const cron = std::get_if<schedule::cron>(&out)) return std::move(*cron);
  const auto& why = std::get<schedule::cron_problem>(out);
  if (value.raw().get_ref<const std::string&>() == *text)
    value.complain(why.message, why.hint);
  else
    value.complain(value.quoted() + " resolves to what is no cron schedule",
                   "five fields: minute, hour, day of month, month and day of week");
  return schedule::manual{};
}

schedule::plan read_after(const json_value& root) {
  return schedule::after{root.member("after").as_name().value_or("")};
}

/// One way of saying when, and the keys that go with it.
struct way {
  std::string_view key;
  std::vector<std::string_view> options;
  schedule::plan (*read)(const json_value&);
};

const std::vector<way>& ways() {
  static const std::vector<way> all{{"every", {"starting_at", "timezone"}, read_every},
                                    {"cron", {"timezone"}, read_cron},
                                    {"after", {}, read_after}};
  return all;
}

}  // namespace

schedule::plan read_schedule(const json_value& schedule) {
  if (!schedule.present()) return schedule::manual{};
  if (schedule.raw().is_string()) {
    const auto text = schedule.as_text();
    if (text && *text != "manual")
      schedule.complain(schedule.quoted() + " is not known", std::string("write ") + examples);
    return schedule::manual{};
  }
  if (!schedule.is_object_of({"every", "cron", "after", "starting_at", "timezone"}))
    return schedule::manual{};
  const way* found = nullptr;
  for (const auto& one : ways()) {
    if (!schedule.member(one.key).present()) continue;
    if (found != nullptr) {
      schedule.complain(
          "has both \"" + std::string(found->key) + "\" and \"" + std::string(one.key) + "\"",
          "a connection has one schedule");
      return schedule::manual{};
    }
    found = &one;
  }
  if (found == nullptr) {
    schedule.complain("does not say when", std::string("write ") + examples);
    return schedule::manual{};
  }
  for (const std::string_view option : {"starting_at", "timezone"})
    if (const auto value = schedule.member(option);
        value.present() && std::ranges::find(found->options, option) == found->options.end())
      value.complain(
          "does not go with \"" + std::string(found->key) + "\"",
          option == "timezone" ? "it goes with \"every\" and \"cron\"" : "it goes with \"every\"");
  return found->read(schedule);
}

}  // namespace sluice::config
