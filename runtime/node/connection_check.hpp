// Tests sources and destinations of connections: all at once, some at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/credentials/keyring.hpp"

namespace sluice::node {

/// The result of testing one connection. An error with code `none` is a pass.
struct connection_check {
  connection_name connection;
  error source;
  /// Nothing: not tested, since the fields come from the source, which failed.
  std::optional<error> destination;
  std::string delivered_on;  ///< another node, the only one that can test the destination
  /// Facts that the user should know although nothing is refused.
  std::vector<std::string> warnings;

  [[nodiscard]] bool passed() const {
    return !source && (destination ? !*destination : !delivered_on.empty());
  }
};

/// Tests one connection. `node`: the name of the node that would run it. `keys`: its credentials.
connection_check check_connection(const config::connection_config& config, const node_name& node,
                                  const std::shared_ptr<credentials::keyring>& keys = nullptr);

/// The progress of the tests.
struct check_progress {
  std::size_t done = 0;
  std::size_t all = 0;
  std::vector<std::string> under_way;  ///< names of connections
};

/// So many connections are tested at a time, since a connection that does not answer takes seconds.
inline constexpr std::size_t most_checks_at_a_time = 10;

/// Runs `test` for each connection, on threads of its own, `most_checks_at_a_time` at a time.
/// `report` is called with each result, in the order of the connections and as soon as all earlier
/// results are there, `progress` from time to time; both by the calling thread.
void check_all(const std::vector<const config::connection_config*>& connections,
               const std::function<connection_check(const config::connection_config&)>& test,
               const std::function<void(const connection_check&)>& report,
               const std::function<void(const check_progress&)>& progress);

}  // namespace sluice::node
