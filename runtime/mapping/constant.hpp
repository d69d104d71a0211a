// Constants of the configuration as values.
#pragma once

#include <string>

#include "messages/row.hpp"
#include "runtime/config/config.hpp"

namespace sluice::mapping {

struct constant {
  value_kind kind = value_kind::null;
  std::string packed;  ///< as append_value packs it
};

/// `role` and `connection` name the constant in errors. Throws `failure` (invalid_config) for text
/// that is no JSON value.
constant compile_constant(const std::string& connection, const std::string& role,
                          const config::constant_value& value);

}  // namespace sluice::mapping
