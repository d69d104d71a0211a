// Files on their way to the disk. These functions return the system's error numbers; the caller has
// the words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "runtime/os/unique_fd.hpp"

namespace sluice::os {

/// A file, and the new one that its content goes to.
struct copied_file {
  const std::filesystem::path& from;
  const std::filesystem::path& to;
};

/// Writes all of `bytes` at the descriptor's position; interrupted and short writes go on
/// where they ended. Returns 0, or the errno value of a failed write: then the first bytes may
/// be written.
[[nodiscard]] int write_all(int fd, std::string_view bytes);

/// Reads `size` bytes at `offset`, whatever the descriptor's position. Returns 0 or an errno value;
/// EIO where the file is shorter.
[[nodiscard]] int read_all_at(int fd, std::uint64_t offset, void* to, std::size_t size);

/// Makes the names in `folder` (empty: the current one) durable. Returns 0 or an errno value.
[[nodiscard]] int sync_folder(const std::filesystem::path& folder);

/// A file in `folder` that only this process ever sees, open for reading and writing. On failure no
/// descriptor, and `errno` says why.
[[nodiscard]] unique_fd open_unnamed(const std::filesystem::path& folder);

}  // namespace sluice::os
