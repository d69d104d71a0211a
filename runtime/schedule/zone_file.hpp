// Whether the library for time zones can be trusted with a file of theirs: it ends the process on
// what is none, and waits for a pipe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::schedule {

/// What a file may hold.
enum class leap_seconds : bool { none, any };

/// What is wrong with the content of a file that describes a time zone (TZif, RFC 8536); empty if
/// nothing is. Pure.
std::string zone_file_problem(std::string_view content, leap_seconds allowed = leap_seconds::none);

/// The same of a file, or why it cannot be read.
std::string zone_file_damage(const std::filesystem::path& file,
                             leap_seconds allowed = leap_seconds::none);

}  // namespace sluice::schedule
