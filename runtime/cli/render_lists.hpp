// Connections, runs and rejected rows in words. Pure.
#pragma once

#include <string>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/queries.hpp"
#include "messages/run.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/text_table.hpp"

namespace sluice::cli {

/// One connection: state, current or last run with its counters, deltas in flight, and the next
/// run.
std::string status_text(const connection_status& status, timestamp now, const palette& paint);

/// A line for each connection; without connections, a hint. With a limit of `width`, facts that
/// deserve attention follow below the lines; without a limit every line has all columns in full.
std::string connections_text(const std::vector<connection_status>& all, timestamp now,
                             const palette& paint, std::size_t width = text_table::unlimited);

/// A line for each node of the cluster, and problems below the lines. Without a limit of `width`
/// all columns are in full.
std::string nodes_text(const std::vector<node_status>& all, timestamp now, const palette& paint,
                       std::size_t width = text_table::unlimited);

/// A line for each run, in the given order, and failures below the lines. Without a limit of
/// `width` all counters and texts are in full.
std::string runs_text(const std::vector<run_record>& runs, timestamp now, const palette& paint,
                      std::size_t width = text_table::unlimited);

struct counted_list {
  std::uint64_t shown = 0;
  std::uint64_t limit = 0;  ///< the most that are shown
  std::uint64_t all = 0;
};

/// A note about the rejected rows that a list leaves out; "" if it leaves out none.
std::string rejected_note(const counted_list& rows);

/// A line for each row, in the given order. Without a limit of `width` all columns and reasons are
/// in full.
std::string rejected_text(const std::vector<rejected_row>& rows, timestamp now,
                          const palette& paint, std::size_t width = text_table::unlimited);

/// A line for each reason, in the order given. Without a limit of `width` every reason whole.
std::string reasons_text(const std::vector<rejected_reason>& reasons, timestamp now,
                         const palette& paint, std::size_t width = text_table::unlimited);

}  // namespace sluice::cli
