// What is done to files on the way to the disk. The words for what the system refuses are the
// caller's: these functions return its number.
#pragma once

#include <filesystem>
#include <string_view>

#include "runtime/os/unique_fd.hpp"

namespace sluice::os {

/// Writes all of `bytes` at the descriptor's position; interrupted and short writes go on where
/// they ended. Returns 0, or the errno value of a failed write: then the first of them are written.
[[nodiscard]] int write_all(int fd, std::string_view bytes);

/// Makes the names in `folder` (empty: the current one) durable. Returns 0 or an errno value.
[[nodiscard]] int sync_folder(const std::filesystem::path& folder);

/// A file in `folder` that only this process ever sees, open for reading and writing. None, and
/// `errno` says why, if that fails.
[[nodiscard]] unique_fd open_unnamed(const std::filesystem::path& folder);

}  // namespace sluice::os
