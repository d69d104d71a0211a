// Decides about one valid row, seen for the first time in a pass.
#pragma once

#include <cstdint>
#include <optional>

#include "messages/hash128.hpp"
#include "messages/run.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

enum class decision : std::uint8_t { unchanged, insert, update };

/// The rules of a run for its pass.
struct pass_rules {
  sync_mode mode = sync_mode::upsert;
  /// The epoch of a full run, nothing for an incremental one.
  std::optional<std::uint32_t> full_epoch = std::nullopt;
  std::uint64_t run = 1;  ///< names its deliveries: see delivery_name
  bool always = false;    ///< no row is unchanged: a person has named the rows that are to go out
};

/// Stands for "the row is at the destination, its value there is unknown". No row has this
/// fingerprint.
inline constexpr hash128 unknown_value{};

/// Unless `rules.always`, unchanged only if the destination acknowledged exactly this value,
/// nothing is in doubt and, in a full run, the value was acknowledged in its epoch.
///
/// A key that the destination has never acknowledged is an insert, also if it is in doubt. So an
/// inserted row may exist at the destination, and destinations must expect that of every insert. An
/// acknowledged key is an update, in doubt or not.
///
/// The modes differ in this:
/// - `insert` takes every acknowledged key that is not in doubt for unchanged, with any value and
///   epoch, and everything else for an insert.
/// - `update` takes every key that is not unchanged for an update, also an unknown key.
[[nodiscard]] inline decision decide(const pass_rules& rules,
                                     const std::optional<ledger::known_row>& known,
                                     const hash128& fingerprint) {
  const bool acknowledged = known && known->acknowledged;
  if (rules.mode == sync_mode::insert)
    return acknowledged && !known->in_doubt && !rules.always ? decision::unchanged
                                                             : decision::insert;
  if (!acknowledged) return rules.mode == sync_mode::update ? decision::update : decision::insert;
  const bool epoch_fits = !rules.full_epoch || known->epoch == *rules.full_epoch;
  const bool same = known->fingerprint == fingerprint;
  return same && epoch_fits && !known->in_doubt && !rules.always ? decision::unchanged
                                                                 : decision::update;
}

/// The value that the ledger acknowledges when the delta is delivered. In mode `insert`, an earlier
/// delivery of a row in doubt may have written another value, which this delivery leaves as it is.
[[nodiscard]] inline hash128 value_after(const pass_rules& rules, bool in_doubt,
                                         const hash128& fingerprint) {
  return rules.mode == sync_mode::insert && in_doubt ? unknown_value : fingerprint;
}

}  // namespace sluice::diff
