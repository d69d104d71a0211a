// When runs begin: by request, by the clock, or after those of another connection.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

constexpr auto examples =
    R"("manual", {"every": "15m"}, {"cron": "30 6 * * mon-fri"} or {"after": "customers"})";

/// The value for a message: never the value of a reference.
std::string shown(const json_value& value, const std::string& resolved) {
  const bool literal = value.raw().get_ref<const std::string&>() == resolved;
  return literal ? value.quoted() : value.quoted() + " resolves to what";
}

/// `Zurich` of `Europe/Zurich`.
std::string_view city_of(std::string_view zone) { return zone.substr(zone.rfind('/') + 1); }

std::string zone_hint(std::string_view name) {
  const auto zones = schedule::time_zone::names();
  if (const auto near = nearest(name, zones)) return "did you mean \"" + std::string(*near) + "\"?";
  std::vector<std::string_view> places;
  for (const auto zone : zones) places.push_back(city_of(zone));
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

/// The keys of a schedule.
struct schedule_keys {
  explicit schedule_keys(section& of)
      : every(of.member("every")),
        cron(of.member("cron")),
        after(of.member("after")),
        starting_at(of.member("starting_at")),
        timezone(of.member("timezone")) {}

  json_value every, cron, after, starting_at, timezone;
};

schedule::plan read_every(const schedule_keys& keys) {
  schedule::every out;
  out.interval = keys.every.as_duration(schedule::shortest_interval, schedule::longest_interval)
                     .value_or(schedule::longest_interval);
  const auto& start = keys.starting_at;
  if (const auto text = start.as_text()) {
    out.starting_at = schedule::parse_time_of_day(*text);
    if (!out.starting_at)
      start.complain(shown(start, *text) + " is no time of day",
                     "write hours and minutes, with seconds if need be: \"06:00\", \"18:30:15\"");
  }
  const auto& zone = keys.timezone;
  if (zone.present() && !start.present())
    zone.complain("has no effect without \"starting_at\"",
                  "add \"starting_at\": \"00:00\" for the local time, or remove the time zone");
  out.zone = read_time_zone(zone);
  return out;
}

schedule::plan read_cron(const schedule_keys& keys) {
  const auto zone = read_time_zone(keys.timezone);
  const auto& value = keys.cron;
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

schedule::plan read_after(const schedule_keys& keys) {
  return schedule::after{connection_name(keys.after.as_name().value_or(""))};
}

/// One form of a schedule: its main key, and whether the other keys go with it.
struct form {
  std::string_view name;
  json_value schedule_keys::*key;
  bool has_start;
  bool has_zone;
  schedule::plan (*read)(const schedule_keys&);
};

constexpr std::array<form, 3> forms{{{"every", &schedule_keys::every, true, true, read_every},
                                     {"cron", &schedule_keys::cron, false, true, read_cron},
                                     {"after", &schedule_keys::after, false, false, read_after}}};

/// The form whose main key is present; nothing, with a problem recorded, unless there is exactly
/// one.
const form* form_of(const section& times, const schedule_keys& keys) {
  const form* found = nullptr;
  for (const auto& one : forms) {
    if (!(keys.*one.key).present()) continue;
    if (found != nullptr) {
      times.complain(fmt::format("has both \"{}\" and \"{}\"", found->name, one.name),
                     "a connection has one schedule");
      return nullptr;
    }
    found = &one;
  }
  if (found == nullptr) times.complain("does not say when", std::string("write ") + examples);
  return found;
}

}  // namespace

schedule::plan read_schedule(const json_value& schedule) {
  schedule.defaults_to("manual");
  if (!schedule.present()) return schedule::manual{};
  if (schedule.raw().is_string()) {
    const auto text = schedule.as_text();
    if (text && *text != "manual")
      schedule.complain(schedule.quoted() + " is not known", std::string("write ") + examples);
    return schedule::manual{};
  }
  section times(schedule);
  const schedule_keys keys(times);
  const auto* const found = times ? form_of(times, keys) : nullptr;
  if (found == nullptr) return schedule::manual{};
  const auto does_not_go = fmt::format("does not go with \"{}\"", found->name);
  if (keys.starting_at.present() && !found->has_start)
    keys.starting_at.complain(does_not_go, "it goes with \"every\"");
  if (keys.timezone.present() && !found->has_zone)
    keys.timezone.complain(does_not_go, "it goes with \"every\" and \"cron\"");
  return found->read(keys);
}

}  // namespace sluice::config
