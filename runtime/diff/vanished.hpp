// Deletes for the keys that a complete pass did not see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/diff/router.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

/// A key of the ledger, packed.
struct ledger_key {
  hash128 hash;
  std::string_view key;
};

/// Routes the delete of a row that the ledger knows so. `run`: names the delivery, see
/// delivery_name.
void add_delete(router& deltas, const ledger_key& row, const ledger::known_row& known,
                std::uint64_t run);

/// Produces the deletes of a mirror in steps, so that they wait for credit like other deltas. Keys
/// that are only in doubt are deleted, too: their rows may be at the destination.
///
/// Begin only after a complete pass, when all upserts have been taken from the router and
/// `guard_deletes` has allowed the deletes. Marks routed keys as seen in the view. One thread only;
/// view and router must outlive it.
class vanished {
 public:
  /// `run`: names its deliveries, see delivery_name.
  vanished(ledger::view& known, router& deltas, std::uint64_t run = 1)
      : known_(known), deltas_(deltas), run_(run) {}

  /// Routes up to `max` deletes. Returns false once there are no more; the router's last batches
  /// are complete then. REQUIRES: max > 0.
  bool produce(std::size_t max);

 private:
  ledger::view& known_;
  router& deltas_;
  std::uint64_t run_;
};

}  // namespace sluice::diff
