// Whether the ledger that a run finds is the one that the catalog knows: somebody may have put an
// older copy of either in its place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice::actors {

enum class ledger_finding : std::uint8_t {
  as_known,  ///< or there is nothing that could tell
  begun,     ///< the connection's key, source or destination is another one: it is new
  gone,      ///< it is new, though there was one
  replaced,  ///< another ledger stands in its place
  older,     ///< it lacks records that it had: an older copy, or a journal that was cut
  restored,  ///< it and the catalog come from a backup
  outran,    ///< it has records of runs that the catalog does not know: the catalog is older
};

/// A ledger as a run finds it.
struct found_ledger {
  std::uint32_t epoch = 0;
  bool restarted = false;  ///< see `ledger::restarted`
  ledger_position at = {};
};

/// What the run `run`, as it was planned, finds where the catalog knows `known`. Pure.
///
/// A crash never looks like a copy. The ledger is written first: what the catalog says of it was
/// durable before. A run that dies leaves a trace that is not `settled`, which a ledger may outrun.
ledger_finding judge(const run_record& run, const ledger_trace& known, const found_ledger& found);

/// What a finding means, for people.
struct finding_words {
  std::string reason;                 ///< why the run is full; empty if the finding is no reason
  std::vector<std::string> warnings;  ///< what the run does about it, and what it cannot do
  std::string lacks = {};             ///< see ledger_trace
  /// Why a mirror cannot equal its source after the run; code `none` if it can.
  error left_over = {};
};
finding_words words_for(ledger_finding what, const run_record& run, const ledger_trace& known);

}  // namespace sluice::actors
