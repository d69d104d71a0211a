// Keeps a mirror from deleting rows that are only missing by mistake: an emptied table, a wrong
// filter, a wrong database.
#pragma once

#include <cstdint>
#include <string>

#include "messages/error.hpp"
#include "messages/names.hpp"

namespace sluice::diff {

/// The counts of a complete pass.
struct delete_plan {
  std::uint64_t known = 0;            ///< keys in the ledger's view, those only in doubt included
  std::uint64_t vanished = 0;         ///< known keys that the pass did not see: so many deletes
  std::uint64_t rows = 0;             ///< rows that the source returned, invalid ones included
  std::uint64_t unreadable_keys = 0;  ///< rows among them whose key could not be read
  std::uint32_t max_delete_percent = 30;
  bool allow_deletes = false;  ///< a person looked at the figures and allowed the deletes
};

/// No error if the deletes may be sent. Otherwise `guarded`, with figures and with the option that
/// allows the deletes. All deletes are held back if - the source returned no row at all, or - more
/// than `max_delete_percent` of the known keys would be deleted, or - rows with unreadable keys may
/// be the ones that seem to have vanished.
[[nodiscard]] error guard_deletes(const connection_name& connection, const delete_plan& plan);

}  // namespace sluice::diff
