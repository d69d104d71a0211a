// Compares the ledger that a run finds with the catalog's record of it: either may have been
// replaced by an older copy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice::actors {

enum class ledger_finding : std::uint8_t {
  as_known,  ///< or there is nothing to compare with
  begun,     ///< a new one, since the connection's key, source or destination changed
  gone,      ///< a new one, although there was one before
  replaced,  ///< another ledger has replaced it
  older,     ///< it lacks earlier records: an older copy, or a journal that was cut
  restored,  ///< it and the catalog come from a backup
  outran,    ///< it has records of runs that the catalog does not know: the catalog is older
};

/// A ledger as a run finds it.
struct found_ledger {
  std::uint32_t epoch = 0;
  bool restarted = false;  ///< see `ledger::restarted`
  ledger_position at = {};
};

/// Judges what the planned `run` finds, where the catalog knows `known`. Pure.
///
/// A crash never looks like a copy, because the ledger is written first: a position in the catalog
/// was durable in the ledger before. A run that dies leaves a trace that is not `settled`; then the
/// ledger may be ahead of the catalog.
ledger_finding judge(const run_record& run, const ledger_trace& known, const found_ledger& found);

/// The meaning of a finding, for people.
struct finding_words {
  std::string reason;                 ///< why the run is full; empty if the finding is no reason
  std::vector<std::string> warnings;  ///< what the run does about it, and what it cannot correct
  std::string lacks = {};             ///< see ledger_trace
  /// Why a mirror cannot equal its source after the run; code `none` if it can.
  error left_over = {};
};
finding_words words_for(ledger_finding what, const run_record& run, const ledger_trace& known);

}  // namespace sluice::actors
