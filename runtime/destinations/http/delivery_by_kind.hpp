// Delivers one batch with a request for inserts and another for updates. A row that the API already
// has is updated, and a row that it does not have is inserted, even if the ledger expected the
// opposite.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/changed_kind.hpp"
#include "runtime/destinations/http/delivery_setup.hpp"
#include "runtime/destinations/http/http_delivery.hpp"
#include "runtime/destinations/http/request_plan.hpp"

namespace sluice::destinations {

/// The requests of a destination; null for requests that the mode never sends.
struct api_requests {
  std::vector<request_plan*> all;
  std::array<std::optional<std::size_t>, 3> for_operation;  ///< positions in `all`

  [[nodiscard]] request_plan* of(operation op) const {
    const auto position = for_operation[static_cast<std::size_t>(op)];
    return position ? all[*position] : nullptr;
  }
};

/// A row changes its kind at most once; after that, the last answer decides its fate.
class delivery_by_kind {
 public:
  /// So many rows in a row that exist for inserts but not for updates show that the address of
  /// updates is wrong.
  static constexpr std::uint32_t most_contradictions = traffic::refusals_of_all;

  /// `without`: positions of rows that are not sent, ascending. All other arguments outlive it.
  delivery_by_kind(const batch& deltas, const api_requests& requests, const delivery_setup& setup,
                   row_fates::row_list without = {});

  /// Once.
  batch_outcome deliver();
  /// Number of answers about rows that could not be found.
  [[nodiscard]] std::uint64_t unmatched() const { return unmatched_; }
  /// See http_delivery.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  /// See http_delivery.
  [[nodiscard]] std::chrono::steady_clock::duration lacked_rows() const { return lacked_rows_; }

 private:
  /// The result for rows that were sent as another kind.
  struct change {
    changed_kind rows;
    batch_outcome outcome;
    std::optional<status_class> misfit;  ///< see http_delivery::last_misfit
  };

  /// Delivers rows as deltas of the other kind. `before`: what is known of the batch.
  change deliver_as(operation to, std::vector<misfit> rows, const batch_outcome& before);
  change deliver_as(operation to, changed_kind rows, const row_fates::row_list& in_doubt,
                    const delivery_setup& setup);
  /// Inserts the suspect and then updates it. If the update finds the row, the row was missing
  /// before; if not, the address of updates is wrong.
  void examine(const misfit& suspect, http_delivery& all);
  /// The row exists now, inserted here or before: sends the update.
  void update_examined(change& inserted, const misfit& suspect, http_delivery& all);

  const batch& deltas_;
  const api_requests& requests_;
  const delivery_setup& setup_;
  row_fates::row_list without_;
  std::vector<change> examined_;
  std::uint32_t contradictions_ = 0;  ///< in a row
  std::uint64_t unmatched_ = 0;
  std::uint64_t forgotten_ = 0;
  std::chrono::steady_clock::duration lacked_rows_{0};
};

}  // namespace sluice::destinations
