// The changes between two configurations of a node, by connection.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/config/config.hpp"

namespace sluice::actors {

/// By connection name; not null.
using configurations = std::map<connection_name, const config::connection_config*>;

/// Names of connections, sorted; each connection of either configuration counts once.
struct configuration_changes {
  std::vector<connection_name> added = {};  ///< new here, or to be taken up again
  std::vector<connection_name> removed = {};
  std::vector<connection_name> changed = {};
  std::uint32_t unchanged = 0;

  bool operator==(const configuration_changes&) const = default;
};

/// Refers to its parts.
struct compared_configurations {
  const configurations& before;
  const configurations& next;
  /// Connections without a supervisor at present; configured ones are taken up again, even
  /// unchanged.
  const std::set<connection_name>& unsupervised;
};

configuration_changes changes_between(const compared_configurations& both);

}  // namespace sluice::actors
