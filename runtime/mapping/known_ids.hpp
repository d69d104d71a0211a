// Ids that APIs have returned for rows of other connections, as mappings look them up.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "messages/names.hpp"
#include "messages/row.hpp"

namespace sluice::mapping {

/// What one connection remembers of its rows. One thread only.
class known_ids {
 public:
  virtual ~known_ids() = default;

  /// The value of this name for the row with a packed key; NULL if none is remembered. Valid as
  /// long as this object. Throws `failure` if it cannot be read.
  virtual value_view find(std::string_view packed_key, std::string_view name) = 0;
};

using known_ids_by_connection = std::map<connection_name, std::shared_ptr<known_ids>>;

}  // namespace sluice::mapping
