// What another program prints: it is run without a shell, for a limited time.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sluice::os {

/// Why this process should not run `program`, in words; empty if it may. A program whose file
/// others may replace would run whatever they like as the user of this process: the file must
/// belong to root or to that user, and neither it nor its folder may be writable by others.
[[nodiscard]] std::string why_not_run(const std::filesystem::path& program);

/// Either the first line of a program's output, without its end, or why there is none.
struct program_line {
  std::optional<std::string> text;
  std::string why;  ///< set if and only if `text` is not
};

/// Runs `command` (a path and its arguments) and waits until it has ended; after `limit` it and all
/// that it has started are killed. It gets the environment of this process, no input, and no other
/// open file; what it says on standard error is dropped, since it may tell secrets. A line of more
/// than `most` bytes, and an exit status other than 0, count as failures. Any thread. REQUIRES:
/// `command` is not empty.
[[nodiscard]] program_line first_line_of(const std::vector<std::string>& command,
                                         std::chrono::milliseconds limit, std::size_t most);

}  // namespace sluice::os
