// Files of a backup: copied with a digest, for their owner only, durable when a function returns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include "messages/error.hpp"
#include "messages/hash128.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::backup {

/// Size and hash of a file's content, to verify that it is unchanged.
struct digest {
  std::uint64_t bytes = 0;
  hash128 hash;  ///< XXH3, 128 bits

  bool operator==(const digest&) const = default;
};

// All of these throw `failure` (ledger_failed) with the file, the system's error and a hint.

/// Opens a file for reading; returns no descriptor if there is no such file.
os::unique_fd open_if_there(const std::filesystem::path& file);
[[nodiscard]] std::uint64_t size_of(const os::unique_fd& open, const std::filesystem::path& file);

/// Copies the first `most` bytes of `file.from`, which is open as `open`.
digest copy_bytes(const os::unique_fd& open, const os::copied_file& file,
                  std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
digest copy_bytes(const os::copied_file& file);
digest digest_of(const std::filesystem::path& file);
/// The whole of a file of at most 256 MiB.
std::string read_text(const std::filesystem::path& file);
/// Writes `text` to a new file, or replaces a file in one step.
void write_text(const std::filesystem::path& file, std::string_view text);
void make_private_folder(const std::filesystem::path& folder);
void cut(const std::filesystem::path& file, std::uint64_t bytes);
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);
void sync_file(const std::filesystem::path& file);
void sync_folder(const std::filesystem::path& folder);
/// Removes a file or a folder with all that is in it, if there is one.
void remove_tree(const std::filesystem::path& path);

/// Throws the failure of `operation` on `path` with the errno value `cause`.
[[noreturn]] void fail(std::string_view operation, const std::filesystem::path& path, int cause);

}  // namespace sluice::backup
