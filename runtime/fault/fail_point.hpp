// Named places at which a node dies on request, so that tests see a crash exactly there: as after
// SIGKILL or a power cut, without unwinding, flushing or a message. This one dies when it passes
// the place for the third time:
//
//   SLUICE_FAIL_POINT=after_intent:3 sluice node --config FILE
//
// The variable is read once, when a node starts. Unset, a point costs one load and a branch.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace sluice::fault {

enum class point : std::uint8_t {
  none,
  after_run_record,    ///< the run is in the catalog; neither reader nor writers exist
  after_epoch,         ///< the ledger began a new epoch
  after_ledger_mark,   ///< the ledger differs from older copies; the catalog does not know
  after_catalog_mark,  ///< the catalog knows how far the ledger has come; nothing was sent
  after_intent,        ///< an intent is durable; the destination has seen nothing of its batch
  after_delivery,      ///< the destination committed a batch; the ledger does not know
  after_outcome,       ///< the ledger has the fates of a batch; no report was sent
  drain_began,         ///< after a stop: the reader has halted, the writers still deliver
  before_switch,       ///< a merge wrote the next base and journal; the old ones count
  after_switch,        ///< a merge made the next ones count; the old ones are still there
  token_answered,      ///< a token server has answered; a new refresh token is nowhere but there
  token_stored,        ///< a new refresh token is durable; its access token was not used
  before_run_end,      ///< nothing moves any more; the catalog does not know that the run is over
};

/// Sets the one point at which this process dies from `text`, `NAME` or `NAME:COUNT`; empty: none.
/// Throws `failure` (invalid_config) that lists the names for anything else. Before the first
/// thread.
void arm(const std::string& text);

namespace detail {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the whole process dies
extern std::atomic<point> armed;
void reached();
}  // namespace detail

/// The process passes `here`. Thread safe.
inline void pass(point here) {
  if (detail::armed.load(std::memory_order_relaxed) == here) detail::reached();
}

}  // namespace sluice::fault
