// The file `current`: which generation of a ledger counts. A merge takes effect in the single step
// that replaces this file. A folder that has other files but no marker is a damaged ledger, not an
// empty one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "messages/hash128.hpp"
#include "runtime/ledger/system_calls.hpp"

namespace sluice::ledger {

struct marker {
  std::uint64_t generation = 0;
  hash128 identity;  ///< hash of the text that names key, source and destination
  std::string rule;  ///< by which rows are identified: identity_rule::text

  bool operator==(const marker&) const = default;
};

/// The marker of the ledger in `directory`; nothing if the folder is missing or empty. Throws
/// `failure`: `ledger_corrupt` for a damaged marker, and for a folder with other files but no
/// marker; `ledger_failed` for a marker of a later format.
std::optional<marker> read_marker(const std::filesystem::path& directory);

/// The marker in the file `path`, whose content is `text`. Throws as `read_marker` does.
marker parse_marker(const std::string& text, const std::filesystem::path& path);

/// Throws `failure` (internal) if `rule` cannot stand in a marker.
void expect_one_line(const std::string& rule);
/// Replaces the marker in one step; durable on return. REQUIRES: a rule of one line.
void write_marker(system_calls& calls, const std::filesystem::path& directory, const marker& what);

[[nodiscard]] std::filesystem::path base_path(const std::filesystem::path& directory,
                                              std::uint64_t generation);
[[nodiscard]] std::filesystem::path journal_path(const std::filesystem::path& directory,
                                                 std::uint64_t generation);
/// Removes what a merge or a crash left behind: pairs of other generations, temporary files. Files
/// of other names are not touched; what cannot be removed stays until the next time.
void remove_leftovers(system_calls& calls, const std::filesystem::path& directory,
                      std::uint64_t current_generation);

}  // namespace sluice::ledger
