#include "runtime/schedule/time_zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/os/small_file.hpp"
#include "runtime/schedule/zone_file.hpp"

namespace sluice::schedule {
namespace {

constexpr std::string_view utc = "UTC";

struct database {
  std::vector<std::string_view> names;        ///< sorted
  std::vector<const date::time_zone*> zones;  ///< of each name; null for UTC
  std::string damage = {};                    ///< why no zone is known although there are files
};

/// Where the library looks for the files.
std::filesystem::path directory() {
  std::error_code ignored;  // reading will say what is wrong
  const std::filesystem::path usual = "/usr/share/zoneinfo";
  return std::filesystem::is_directory(usual / "uclibc", ignored) ? usual / "uclibc" : usual;
}

std::string in_file(const std::filesystem::path& file, const std::string& problem) {
  return problem.empty() ? problem : file.string() + ": " + problem;
}

/// The fault of the files from which the library learns of all others; empty if there is none.
std::string damage_of_database() {
  const auto there = [](const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::symlink_status(file, ignored).type() !=
           std::filesystem::file_type::not_found;
  };
  const auto version = directory() / "+VERSION";
  if (there(version)) {
    constexpr std::size_t largest = 1u << 20;
    if (auto why = in_file(version, os::read_small_file(version, largest).why); !why.empty())
      return why;
  }
  auto leaps = directory() / "right/UTC";
  if (!there(leaps)) leaps = directory() / utc;
  return there(leaps) ? in_file(leaps, zone_file_damage(leaps, leap_seconds::any)) : std::string();
}

/// Not every file is a zone: `localtime` is the setting of this machine, `Factory` stands for a
/// machine without one, and files under `right/` count leap seconds.
bool is_zone(std::string_view name) {
  return name != "localtime" && name != "posixrules" && name != "Factory" && name != utc &&
         !name.starts_with("right/") && !name.starts_with("posix/");
}

database read_database() {
  database out;
  out.damage = damage_of_database();
  try {
    if (out.damage.empty())
      for (const auto& zone : date::get_tzdb().zones) {  // sorted
        if (!is_zone(zone.name())) continue;
        out.names.push_back(zone.name());
        out.zones.push_back(&zone);
      }
  } catch (const std::exception&) {  // no tzdata on this system
    out.names.clear();
    out.zones.clear();
  }
  const auto at = std::ranges::lower_bound(out.names, utc) - out.names.begin();
  out.names.insert(out.names.begin() + at, utc);
  out.zones.insert(out.zones.begin() + at, nullptr);
  return out;
}

const database& known() {
  static const database all = read_database();
  return all;
}

timestamp within_range(date::sys_seconds t) {
  return std::clamp<date::sys_time<std::chrono::milliseconds>>(
      t, first_time, last_time + std::chrono::milliseconds{1});
}

}  // namespace

std::optional<time_zone> time_zone::find(std::string_view name) {
  if (name == utc) return time_zone{};
  const auto& [names, zones, damaged] = known();
  const auto found = std::ranges::lower_bound(names, name);
  if (found == names.end() || *found != name || !damage(name).empty()) return std::nullopt;
  const auto* const zone = zones[static_cast<std::size_t>(found - names.begin())];
  try {
    // Reads the zone's file now, so that using the zone cannot fail later.
    static_cast<void>(zone->get_info(date::sys_seconds{}));
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return time_zone{zone};
}

std::string time_zone::damage(std::string_view name) {
  if (name == utc) return {};
  const auto& all = known();
  if (!all.damage.empty()) return all.damage;
  if (!std::ranges::binary_search(all.names, name)) return {};
  const auto file = directory() / name;
  return in_file(file, zone_file_damage(file));
}

std::span<const std::string_view> time_zone::names() { return known().names; }

std::string_view time_zone::name() const {
  return zone_ == nullptr ? utc : std::string_view{zone_->name()};
}

offset_period time_zone::period_at(timestamp t) const {
  if (zone_ == nullptr) return {first_time, last_time + std::chrono::milliseconds{1}, {}};
  const auto info = zone_->get_info(t);
  return {within_range(info.begin), within_range(info.end), info.offset};
}

}  // namespace sluice::schedule
