// Level and form of the log: the `log` section of node.json.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::log {

/// From the most talkative to the quietest; a line below the configured level is not even
/// formatted.
enum class level : std::uint8_t { debug, info, warning, error };

enum class format : std::uint8_t {
  text,  ///< one aligned line for people
  json,  ///< one JSON document per line for log collectors
};

/// The words of the configuration and of the lines themselves.
std::string_view to_string(level x);
std::string_view to_string(format x);

struct options {
  log::level level = log::level::info;
  log::format format = log::format::text;

  bool operator==(const options&) const = default;
};

}  // namespace sluice::log
