// Connections, runs and rejected rows in words. Pure.
#pragma once

#include <string>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/run.hpp"
#include "runtime/cli/text.hpp"

namespace sluice::cli {

/// One connection: state, current or last run with its counters, what is in flight, what comes
/// next.
std::string status_text(const connection_status& status, timestamp now, const palette& paint);

/// A line for each connection; says what to do where there is none.
std::string connections_text(const std::vector<connection_status>& all, timestamp now,
                             const palette& paint);

/// A line for each node of the cluster, and below them what is wrong.
std::string nodes_text(const std::vector<node_status>& all, timestamp now, const palette& paint);

/// A line for each run, in the order given, and below them why runs failed.
std::string runs_text(const std::vector<run_record>& runs, timestamp now, const palette& paint);

/// A line for each row, in the order given.
std::string rejected_text(const std::vector<rejected_row>& rows, timestamp now,
                          const palette& paint);

}  // namespace sluice::cli
