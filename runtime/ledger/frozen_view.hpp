// The view that a run reads: frozen layers, and a bit per entry for keys that the source has shown.
#pragma once

#include "runtime/ledger/layers.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/ledger/seen_set.hpp"

namespace sluice::ledger {

/// Shares the layers with the ledger, and outlives the ledger. Memory: one bit per entry of the
/// layers.
class frozen_view final : public view {
 public:
  /// Reads all runs, and the entries of the base that they supersede.
  explicit frozen_view(layers frozen);

  [[nodiscard]] std::uint64_t keys() const override { return keys_; }
  void lookup(std::span<const hash128> key_hashes,
              std::span<std::optional<known_row>> found) override;
  [[nodiscard]] std::string_view remembered(const hash128& key_hash) const override {
    return layers_.find(key_hash).remembered();
  }
  bool mark_seen(std::uint64_t ordinal) override { return seen_.insert(ordinal); }
  [[nodiscard]] std::uint64_t unseen() const override { return seen_.unset(); }
  void for_each_unseen(const std::function<bool(const hash128&, std::string_view)>& visit) override;

 private:
  void hide_superseded();

  layers layers_;
  seen_set seen_;  ///< set from the start for entries that are no keys of this view
  std::uint64_t keys_;
};

}  // namespace sluice::ledger
