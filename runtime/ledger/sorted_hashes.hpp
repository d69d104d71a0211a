// A sorted run of bare hashes in an unnamed file, for `new_keys`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "messages/hash128.hpp"
#include "runtime/ledger/file.hpp"
#include "runtime/ledger/presence.hpp"

namespace sluice::ledger {

/// Immutable and mapped; goes with its process. One thread.
class sorted_hashes {
 public:
  /// Writes what `next` yields, ascending, until it returns null. At most `capacity` hashes.
  sorted_hashes(system_calls& calls, const std::filesystem::path& directory, std::uint64_t capacity,
                const std::function<const hash128*()>& next);

  [[nodiscard]] bool contains(const hash128& hash) const;
  [[nodiscard]] std::span<const hash128> all() const { return hashes_; }

 private:
  mapping mapped_;
  std::span<const hash128> hashes_;
  presence_filter presence_;
};

}  // namespace sluice::ledger
