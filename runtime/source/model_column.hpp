// A column of a model.
#pragma once

#include <string>

#include "messages/row.hpp"

namespace sluice::source {

/// A column of the model with its exact type.
struct model_column {
  std::string name;
  value_kind kind = value_kind::text;
  std::string declared = {};  ///< as `field::declared`

  bool operator==(const model_column&) const = default;
};

}  // namespace sluice::source
