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

/// `unsupervised`: connections that have no supervisor at present; configured ones are taken up
/// again, changed or not.
configuration_changes changes_between(const configurations& before, const configurations& next,
                                      const std::set<connection_name>& unsupervised);

}  // namespace sluice::actors
