// The state of every key of a ledger, and how the journal's frames change it. The same functions
// serve live recording and replay, so a reopened ledger has the state that it had before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "messages/batch.hpp"
#include "messages/names.hpp"
#include "runtime/ledger/file.hpp"
#include "runtime/ledger/frame.hpp"
#include "runtime/ledger/layers.hpp"
#include "runtime/ledger/overlay.hpp"

namespace sluice::ledger {

/// The overlay holds the full state of the keys it has, so that the newest layer alone answers. Not
/// thread safe.
class state {
 public:
  /// `base` may be null. Runs go to unnamed files in `directory`: they are caches that the journal
  /// can rebuild, so that no crash can leave one behind or half-written.
  state(system_calls& calls, std::filesystem::path directory,
        std::shared_ptr<const generation> base, std::uint32_t epoch, byte_count overlay);

  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  /// Keys that are acknowledged, and keys that are acknowledged or in doubt.
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t keys() const { return keys_; }
  [[nodiscard]] const layers& immutable() const { return layers_; }
  [[nodiscard]] bool has_open_intents() const { return !open_.empty(); }
  /// Rows of an open intent; null if there is none of this number.
  [[nodiscard]] const std::vector<intent_row>* open_intent(std::uint64_t number) const;

  /// Copies the entries of these keys from the layers into the overlay. Changes the state of no
  /// key. Of the functions here only this one reads pages, and so may find damage.
  void prepare(std::span<const intent_row> rows);
  /// REQUIRES: `prepare` was called for the rows, and nothing was spilled since.
  void intend(std::uint64_t number, std::vector<intent_row> rows);
  /// REQUIRES: the intent is open and has as many rows; what is `remembered` belongs to inserts and
  /// updates among them that were delivered.
  void settle(std::uint64_t number, std::span<const fate> fates,
              std::span<const remembered_place> remembered = {});
  /// The outcome of all open intents will never be known.
  void abandon();
  void begin_epoch(std::uint32_t epoch) { epoch_ = epoch; }

  /// See `ledger::recall`; `journal` holds what was remembered.
  void recall(batch& deltas, const mapping& journal);

  /// True once the overlay has reached its limit and can shrink.
  [[nodiscard]] bool wants_spill() const;
  /// Moves all keys without open intents to a new run of the layers; `journal` holds their packed
  /// keys.
  void spill(const mapping& journal);
  /// The present state as layers that never change: the overlay becomes a run on top of them.
  [[nodiscard]] layers frozen(const mapping& journal) const;

 private:
  /// The overlay's entry of a key that `prepare` brought there.
  overlay_entry& present(const hash128& key);
  template <class Change>
  void change(overlay_entry& each, Change apply);
  /// The text that is remembered for an entry of the overlay.
  [[nodiscard]] std::string_view remembered(const overlay_entry& of, const mapping& journal) const;
  [[nodiscard]] std::shared_ptr<const generation> write_run(
      std::span<const overlay::sorted_entry> entries, const mapping& journal) const;

  system_calls* calls_;
  std::filesystem::path directory_;
  layers layers_;
  overlay overlay_;
  std::unordered_map<std::uint64_t, std::vector<intent_row>> open_;
  std::uint32_t epoch_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t keys_ = 0;
  std::size_t overlay_limit_;  ///< entries
  std::size_t next_spill_at_;  ///< entries; above the limit while open intents fill the overlay
};

}  // namespace sluice::ledger
