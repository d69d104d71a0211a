// The keys of a map by connection.
#pragma once

#include <vector>

#include "messages/names.hpp"

namespace sluice::node {

/// In the order of the map. By hand: clang 14, which checks this tree, cannot read the std::views
/// of GCC 12.
template <class Map>
[[nodiscard]] std::vector<connection_name> names_of(const Map& by_name) {
  std::vector<connection_name> names;
  names.reserve(by_name.size());
  for (const auto& [name, value] : by_name) names.push_back(name);
  return names;
}

}  // namespace sluice::node
