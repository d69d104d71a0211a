// Functions in the configuration: what they are called, and whether they can be.
#pragma once

#include <span>
#include <vector>

#include "runtime/config/json_value.hpp"
#include "runtime/values/call.hpp"

namespace sluice::config {

/// A list of functions, `["trim", {"pad": [5, "0"]}]`, or one of them. Complains about what is
/// none, about unknown functions, and about arguments that a function does not take.
std::vector<values::call> read_calls(const json_value& apply);

/// Complains at `where` about calls that cannot be made, with the function that may be meant.
void check_calls(const json_value& where, std::span<const values::call> calls);

}  // namespace sluice::config
