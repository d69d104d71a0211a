// The view a run reads: frozen layers, and a bit per entry for what the source has shown.
#pragma once

#include "runtime/ledger/layers.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/ledger/seen_set.hpp"

namespace sluice::ledger {

/// Shares what it reads with the ledger and outlives it. Memory: one bit per entry of the layers.
class frozen_view final : public view {
 public:
  /// Reads all runs, and of the base what they supersede.
  explicit frozen_view(layers frozen);

  [[nodiscard]] std::uint64_t keys() const override { return keys_; }
  void lookup(std::span<const hash128> key_hashes,
              std::span<std::optional<known_row>> found) override;
  bool mark_seen(std::uint64_t ordinal) override { return seen_.insert(ordinal); }
  [[nodiscard]] std::uint64_t unseen() const override { return seen_.unset(); }
  void for_each_unseen(const std::function<bool(const hash128&, std::string_view)>& visit) override;

 private:
  void hide_superseded();

  layers layers_;
  seen_set seen_;  ///< set from the start for what is no key of this view
  std::uint64_t keys_;
};

}  // namespace sluice::ledger
