// What to do about one valid row, seen for the first time in a pass.
#pragma once

#include <cstdint>
#include <optional>

#include "messages/hash128.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

enum class decision : std::uint8_t { unchanged, insert, update };

/// Unchanged only if the destination acknowledged exactly this value, nothing is in doubt and, in a
/// full run, that happened in its epoch. `full_epoch` is the epoch of a full run and nothing for an
/// incremental one.
///
/// A key that the destination has never acknowledged is an insert, also if it is known to be in
/// doubt: whether the row is there is what nobody knows, so destinations must treat every insert as
/// an upsert. An acknowledged key is an update, in doubt or not.
[[nodiscard]] inline decision decide(const std::optional<ledger::known_row>& known,
                                     const hash128& fingerprint,
                                     std::optional<std::uint32_t> full_epoch) {
  if (!known || !known->acknowledged) return decision::insert;
  const bool epoch_fits = !full_epoch || known->epoch == *full_epoch;
  const bool same = known->fingerprint == fingerprint;
  return same && epoch_fits && !known->in_doubt ? decision::unchanged : decision::update;
}

}  // namespace sluice::diff
