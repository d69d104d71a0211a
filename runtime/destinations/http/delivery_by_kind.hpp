// One batch, with a request for inserts and another for updates: what the API has already is
// updated, and what it has not is inserted, whatever the ledger took it for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/changed_kind.hpp"
#include "runtime/destinations/http/delivery_setup.hpp"
#include "runtime/destinations/http/http_delivery.hpp"
#include "runtime/destinations/http/request_plan.hpp"

namespace sluice::destinations {

/// The requests of a destination; null those that the mode never sends.
struct api_requests {
  std::vector<request_plan*> all;
  std::array<std::optional<std::size_t>, 3> for_operation;  ///< positions in `all`

  [[nodiscard]] request_plan* of(operation op) const {
    const auto position = for_operation[static_cast<std::size_t>(op)];
    return position ? all[*position] : nullptr;
  }
};

/// A row changes its kind once at most: then its fate is what the last answer says.
class delivery_by_kind {
 public:
  /// Rows for which the addresses of inserts and updates contradict each other before the latter is
  /// taken for none.
  static constexpr std::uint32_t most_contradictions = traffic::refusals_of_all;

  /// All that is given outlives it.
  delivery_by_kind(const batch& deltas, const api_requests& requests, const delivery_setup& setup);

  /// Once.
  batch_outcome deliver();
  /// Answers that told of rows which could not be made out.
  [[nodiscard]] std::uint64_t unmatched() const { return unmatched_; }

 private:
  /// What became of rows that were sent as another kind.
  struct change {
    changed_kind rows;
    batch_outcome outcome;
    std::optional<status_class> misfit;  ///< see http_delivery::last_misfit
  };

  /// Delivers rows as deltas of the other kind. `before`: what is known of the batch.
  change deliver_as(operation to, std::vector<misfit> rows, const batch_outcome& before);
  change deliver_as(operation to, changed_kind rows, const row_fates::row_list& in_doubt,
                    const delivery_setup& setup);
  /// Inserts the suspect, and updates it then: whether it is found tells whether it was missing, or
  /// whether there is nothing at the address of updates.
  void examine(const misfit& suspect, http_delivery& all);
  /// The insert has left it there, or says that it is: sends the update.
  void update_examined(change& inserted, const misfit& suspect, http_delivery& all);

  const batch& deltas_;
  const api_requests& requests_;
  const delivery_setup& setup_;
  std::vector<change> examined_;
  std::uint32_t contradictions_ = 0;  ///< in a row
  std::uint64_t unmatched_ = 0;
};

}  // namespace sluice::destinations
