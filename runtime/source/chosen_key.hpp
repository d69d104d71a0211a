// Keys of rows as people write them.
#pragma once

#include <string>
#include <string_view>

#include "runtime/odbc/connection.hpp"
#include "runtime/source/model_description.hpp"

namespace sluice::source {

/// The packed key of the row that a JSON object names by the columns of its key: `{"id": 7}`.
/// Numbers that JSON cannot hold, times and the like are written as strings, as `rejected` prints
/// them. Throws `failure` (usage) with what is wrong with the object.
std::string packed_key(odbc::product kind, const model_description& model, std::string_view json);

}  // namespace sluice::source
