#include "runtime/cli/row_lines.hpp"

#include <algorithm>
#include <cstdint>

#include "messages/commands.hpp"

namespace sluice::cli {

void each_row(net::node_client& node, const connection_name& connection, row_log_query which,
              const std::function<void(const std::string& line)>& show) {
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
