#include "actors/node/configuration_changes.hpp"

namespace sluice::actors {

configuration_changes changes_between(const compared_configurations& both) {
  const auto& [before, next, unsupervised] = both;
  configuration_changes found;
  for (const auto& [connection, config] : before)
    if (!next.contains(connection)) found.removed.push_back(connection);
  for (const auto& [connection, config] : next) {
    const auto present = before.find(connection);
    if (present == before.end() || unsupervised.contains(connection))
      found.added.push_back(connection);
    else if (*present->second == *config)
      ++found.unchanged;
    else
      found.changed.push_back(connection);
  }
  return found;
}

}  // namespace sluice::actors
