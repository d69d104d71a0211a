// The functions that mappings and templates may call: the one table of them. config/reference.md
// has a row for each.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/values/function.hpp"

namespace sluice::values {

/// Every function. Valid until the process ends.
std::span<const function> functions();
/// Their names, for suggestions.
std::vector<std::string_view> function_names();
/// Nothing for a name that is not known.
const function* find_function(std::string_view name);

/// Binds a call: the step, or why it cannot be. The step is for one thread.
step bind(const call& c, std::optional<call_problem>& problem);
/// What is wrong with the call; nothing if it can be made. Pure.
std::optional<call_problem> problem_of(const call& c);

// -- the parts of the table, a file each --

std::vector<function> text_functions();
std::vector<function> number_functions();
std::vector<function> time_functions();
std::vector<function> hash_functions();
std::vector<function> contact_functions();
std::vector<function> json_functions();
std::vector<function> choice_functions();

}  // namespace sluice::values
