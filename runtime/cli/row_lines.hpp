// The row log of a run, line by line.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "messages/commands.hpp"
#include "runtime/net/node_client.hpp"

namespace sluice::cli {

/// Calls `show` with each line that `which` asks for, `which.limit` at most, until there are no
/// more; of a run that goes on, until there are no more for now.
template <class Show>
void each_row(net::node_client& node, const connection_name& connection, row_log_query which,
              const Show& show) {
  auto left = which.limit;
  while (left > 0) {
    which.limit = std::min(left, most_rows_listed);
    const auto page = node.call(command::row_log{connection, which});
    for (const auto& line : page.lines) show(line);
    left -= static_cast<std::uint32_t>(page.lines.size());
    if (page.next.empty() || page.next == which.cursor) return;
    which.cursor = page.next;
  }
}

}  // namespace sluice::cli
