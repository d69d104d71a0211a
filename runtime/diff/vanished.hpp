// Deletes for the keys that a complete pass did not see.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/diff/router.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

/// Produces the deletes of a mirror piece by piece, so that they wait for credit like any other
/// delta. Keys that are only in doubt are among them: the row may be at the destination.
///
/// Begin only after a complete pass whose upserts have all been taken from the router, and after
/// `guard_deletes` let them through. Marks the keys it is done with as seen in the view. One thread
/// only; view and router must outlive it.
class vanished {
 public:
  /// `run`: what names its deliveries, see delivery_name.
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
