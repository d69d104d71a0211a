// The row log of a run, line by line.
#pragma once

#include <functional>
#include <string>

#include "messages/names.hpp"
#include "messages/row_log.hpp"
#include "runtime/net/node_client.hpp"

namespace sluice::cli {

/// Calls `show` with each line that `which` asks for, `which.limit` at most, until there are no
/// more; of a run that goes on, until there are no more for now.
void each_row(net::node_client& node, const connection_name& connection, row_log_query which,
              const std::function<void(const std::string& line)>& show);

}  // namespace sluice::cli
