// Whether the time zone library can safely read a file: it ends the process on a damaged one, and
// waits for a pipe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::schedule {

/// Whether a file may hold leap seconds.
enum class leap_seconds : bool { none, any };

/// The fault of the content of a time zone file (TZif, RFC 8536); empty if it has none. Pure.
std::string zone_file_problem(std::string_view content, leap_seconds allowed = leap_seconds::none);

/// The fault of a file, or why it cannot be read.
std::string zone_file_damage(const std::filesystem::path& file,
                             leap_seconds allowed = leap_seconds::none);

}  // namespace sluice::schedule
