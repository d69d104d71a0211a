// Change detection by digests in a run: see runtime/digest/detection.hpp.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/run/open_pass.hpp"
#include "actors/run/run_services.hpp"
#include "messages/identity_rule.hpp"
#include "messages/sync.hpp"
#include "runtime/digest/detection.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/source/starting_point.hpp"

namespace sluice::actors {

/// What a run's digests need to know of it.
struct digest_terms {
  const identity_rule& identity;
  bool deletes = false;
};

/// The digests of one run. One thread; outlives the pass.
class digest_pass {
 public:
  /// `at`: of the ledger, to which no record was added since it was opened. `known`: nothing
  /// replaced the ledger since the last run; otherwise the index goes. REQUIRES: services that make
  /// digests.
  digest_pass(std::shared_ptr<const run_services> services, const ledger_position& at, bool known);

  /// Asks the source for digests, and has `pass` read what differs. Where the source cannot make
  /// digests, every row is read, and a warning in `warnings` says why. Throws `failure` (cancelled)
  /// once `stop` is requested. Returns where the pass begins.
  source::starting_point begin(open_pass& pass, const pass_terms& terms, const digest_terms& more,
                               std::vector<std::string>& warnings, const std::stop_token& stop);
  /// Whether the source has to be read, to judge by `begin`.
  [[nodiscard]] bool reads() const { return reads_; }
  /// Nothing differs, and no key has vanished.
  [[nodiscard]] bool all_equal() const { return all_equal_; }

  /// The pass is complete, and had so many deltas.
  void completed(std::uint64_t deltas);
  /// Keeps what the next run need not read, if the pass was completed. `ledger` is settled.
  void save(ledger::ledger& ledger, const std::stop_token& stop);

 private:
  void warn(const char* what, const error& why);

  std::shared_ptr<const run_services> services_;
  std::unique_ptr<digest::detection> detection_;
  bool reads_ = true;
  bool all_equal_ = false;
  bool noted_ = false;  ///< the pass notes what it reads
  bool completed_ = false;
  std::uint64_t deltas_ = 0;
};

}  // namespace sluice::actors
