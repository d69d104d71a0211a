// One bit per ordinal, with the number of those that are not set.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "messages/expect.hpp"

namespace sluice::ledger {

class seen_set {
 public:
  explicit seen_set(std::uint64_t ordinals) : words_((ordinals + 63) / 64), unset_(ordinals) {
    // The last word's surplus bits count as set, so that walking needs no special case.
    if (ordinals % 64 != 0) words_.back() = ~std::uint64_t{0} << (ordinals % 64);
  }

  /// Returns false if it was set before. REQUIRES: an ordinal below the number that the set was
  /// made for.
  bool insert(std::uint64_t ordinal) {
    expect(ordinal / 64 < words_.size(), "note key as seen", "a key of this view");
    auto& word = words_[ordinal / 64];
    const auto bit = std::uint64_t{1} << (ordinal % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    --unset_;
    return true;
  }
  [[nodiscard]] std::uint64_t unset() const { return unset_; }

  /// Calls `visit(ordinal)` for each that is not set, ascending, until it returns false; 64 that
  /// are set cost one comparison. False if it was ended early.
  template <class Visit>
  bool for_each_unset(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto left = ~words_[i]; left != 0; left &= left - 1)
        if (!visit(i * 64 + static_cast<std::uint64_t>(std::countr_zero(left)))) return false;
    return true;
  }

 private:
  std::vector<std::uint64_t> words_;
  std::uint64_t unset_;
};

}  // namespace sluice::ledger
