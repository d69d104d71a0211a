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

/// One connection: state, current or last run with its counters, what is in flight, what comes
/// next.
std::string status_text(const connection_status& status, timestamp now, const palette& paint);

/// A line for each connection; says what to do where there is none. Within a limit of `width` what
/// deserves attention stands below the lines; without one each line has every column whole.
std::string connections_text(const std::vector<connection_status>& all, timestamp now,
                             const palette& paint, std::size_t width = text_table::unlimited);

/// A line for each node of the cluster, and below them what is wrong. Without a limit of `width`
/// every column whole.
std::string nodes_text(const std::vector<node_status>& all, timestamp now, const palette& paint,
                       std::size_t width = text_table::unlimited);

/// A line for each run, in the order given, and below them what went wrong. Without a limit of
/// `width` every counter and every text whole.
std::string runs_text(const std::vector<run_record>& runs, timestamp now, const palette& paint,
                      std::size_t width = text_table::unlimited);

/// What a list that shows `shown` rejected rows, `limit` at the most, leaves out of all of them; ""
/// for nothing.
std::string rejected_note(std::uint64_t shown, std::uint64_t limit, std::uint64_t all);

/// A line for each row, in the order given. Without a limit of `width` every column and every
/// reason whole.
std::string rejected_text(const std::vector<rejected_row>& rows, timestamp now,
                          const palette& paint, std::size_t width = text_table::unlimited);

/// A line for each reason, in the order given. Without a limit of `width` every reason whole.
std::string reasons_text(const std::vector<rejected_reason>& reasons, timestamp now,
                         const palette& paint, std::size_t width = text_table::unlimited);

}  // namespace sluice::cli
