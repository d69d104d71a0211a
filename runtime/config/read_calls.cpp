#include "runtime/config/read_calls.hpp"

#include "runtime/config/suggestion.hpp"
#include "runtime/values/function_table.hpp"

namespace sluice::config {
namespace {

using values::argument;
using values::call;

const std::string functions_example = R"(["trim", {"pad": [5, "0"]}])";

std::optional<argument> read_scalar(const json_value& value) {
  const auto& raw = value.raw();
  if (raw.is_null()) return argument{};
  if (raw.is_boolean()) return argument{value_kind::boolean, raw.get<bool>() ? "1" : "0"};
  if (raw.is_number_integer()) return argument{value_kind::integer, raw.dump()};
  if (raw.is_number()) return argument{value_kind::decimal, raw.dump()};
  if (!raw.is_string()) return std::nullopt;
  if (value.is_empty_text()) return argument{value_kind::text, {}};
  return argument{value_kind::text, value.as_text().value_or("")};
}

/// Adds the argument to the call. An object is pairs of a text and what it becomes.
void read_argument(const json_value& value, call& out) {
  const auto add = [&](const json_value& each) {
    if (auto scalar = read_scalar(each))
      out.arguments.push_back(std::move(*scalar));
    else
      each.complain("is no argument of a function", "a text, a number, true, false or null");
  };
  if (!value.raw().is_object()) return add(value);
  for (const auto& [key, member] : value.members()) {
    out.arguments.push_back({value_kind::text, key});
    add(member);
  }
}

std::optional<call> read_call(const json_value& value) {
  if (value.raw().is_string()) return call{value.as_text().value_or("")};
  if (!value.raw().is_object() || value.raw().size() != 1) {
    value.complain("is no function", "for example " + functions_example);
    return std::nullopt;
  }
  const auto [name, given] = value.members().front();
  call out{name};
  if (!given.raw().is_array()) {
    read_argument(given, out);
  } else if (!given.raw().empty()) {
    for (const auto& each : given.elements("")) read_argument(each, out);
  }
  return out;
}

void check_call(const json_value& where, const call& c) {
  if (c.name.empty()) return;  // has been reported
  const auto names = values::function_names();
  if (values::find_function(c.name) == nullptr)
    where.complain("there is no function \"" + c.name + "\"", suggestion(c.name, names));
  else if (const auto problem = values::problem_of(c)) {
    // The message may quote an argument, and that of a reference may be a secret.
    const bool has_reference = where.raw().dump().find("${") != std::string::npos;
    where.complain(
        has_reference ? "\"" + c.name + "\" does not take these arguments" : problem->message,
        problem->hint);
  }
}

}  // namespace

std::vector<call> read_calls(const json_value& apply) {
  std::vector<call> out;
  if (!apply.present()) return out;
  const auto add = [&](const json_value& value) {
    auto c = read_call(value);
    if (!c) return;
    check_call(value, *c);
    out.push_back(std::move(*c));
  };
  if (!apply.raw().is_array())
    add(apply);
  else
    for (const auto& each : apply.elements(functions_example)) add(each);
  return out;
}

void check_calls(const json_value& where, std::span<const call> calls) {
  for (const auto& c : calls) check_call(where, c);
}

}  // namespace sluice::config
