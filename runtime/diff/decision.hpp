// What to do about one valid row, seen for the first time in a pass.
#pragma once

#include <cstdint>
#include <optional>

#include "messages/hash128.hpp"
#include "messages/run.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

enum class decision : std::uint8_t { unchanged, insert, update };

/// What the run asks of a pass.
struct pass_rules {
  sync_mode mode = sync_mode::upsert;
  /// The epoch of a full run, nothing for an incremental one.
  std::optional<std::uint32_t> full_epoch = std::nullopt;
  std::uint64_t run = 1;  ///< what names its deliveries: see delivery_name
};

/// Stands for "the row is at the destination, its value there is unknown". No row has this
/// fingerprint.
inline constexpr hash128 unknown_value{};

/// Unchanged only if the destination acknowledged exactly this value, nothing is in doubt and, in a
/// full run, that happened in its epoch.
///
/// A key that the destination has never acknowledged is an insert, also if it is known to be in
/// doubt: whether the row is there is what nobody knows, so destinations must take every insert for
/// a row that may be there. An acknowledged key is an update, in doubt or not.
///
/// The modes differ in this:
/// - `insert` takes every acknowledged key that is not in doubt for unchanged, whatever value and
///   epoch, and everything else for an insert.
/// - `update` takes every key that is not unchanged for an update, also one that is not known.
[[nodiscard]] inline decision decide(const pass_rules& rules,
                                     const std::optional<ledger::known_row>& known,
                                     const hash128& fingerprint) {
  const bool acknowledged = known && known->acknowledged;
  if (rules.mode == sync_mode::insert)
    return acknowledged && !known->in_doubt ? decision::unchanged : decision::insert;
  if (!acknowledged) return rules.mode == sync_mode::update ? decision::update : decision::insert;
  const bool epoch_fits = !rules.full_epoch || known->epoch == *rules.full_epoch;
  const bool same = known->fingerprint == fingerprint;
  return same && epoch_fits && !known->in_doubt ? decision::unchanged : decision::update;
}

/// What the ledger is to acknowledge when the delta is delivered. In mode `insert` the earlier
/// delivery of a row in doubt may have put another value there, which this one leaves alone.
[[nodiscard]] inline hash128 value_after(const pass_rules& rules, bool in_doubt,
                                         const hash128& fingerprint) {
  return rules.mode == sync_mode::insert && in_doubt ? unknown_value : fingerprint;
}

}  // namespace sluice::diff
