// Waits for a run to end, and shows its progress meanwhile.
#pragma once

#include "messages/run.hpp"
#include "runtime/cli/output.hpp"
#include "runtime/net/node_client.hpp"

namespace sluice::cli {

/// Whether progress is shown.
enum class progress : std::uint8_t { none, shown };

/// Waits until `run` has ended and returns its final record. Progress is one live line on a
/// terminal, lines on a pipe (on change, at most one a second, and the last), documents with
/// --json. Ctrl-C ends the process and says that the run goes on. Throws `failure` as the node's
/// answers do.
run_record follow(net::node_client& node, run_record run, progress how, output& out);

}  // namespace sluice::cli
