// Walks several generations at once in the order of their keys. If several have a key, the entry of
// the newest counts.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/ledger/generation.hpp"

namespace sluice::ledger {

/// One thread. The generations outlive it.
class merge_cursor {
 public:
  /// `newest_first`: at most a few dozen; every step looks at each of them.
  explicit merge_cursor(const std::vector<const generation*>& newest_first);

  /// Goes to the next key; false at the end.
  bool next();
  /// The newest entry of the key. Valid until `next`.
  [[nodiscard]] const entry& winner() const { return *winner_; }
  [[nodiscard]] std::string_view packed_key() const;
  [[nodiscard]] std::string_view remembered() const;

  /// One entry of the present key.
  struct occurrence {
    std::size_t generation;  ///< position in `newest_first`
    std::uint64_t position;
  };
  /// All of them, newest first.
  [[nodiscard]] std::span<const occurrence> occurrences() const { return occurrences_; }

 private:
  struct head {
    const generation* from;
    std::uint64_t position;
    const entry* value;  ///< null at the end
  };

  std::vector<head> heads_;
  std::vector<occurrence> occurrences_;
  const entry* winner_ = nullptr;
};

}  // namespace sluice::ledger
