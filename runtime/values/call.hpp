// Calls of functions, as configurations write them: `["trim", {"pad": [5, "0"]}]` in a mapping,
// `trim | pad(5, '0')` in a template.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/value_kind.hpp"

namespace sluice::values {

/// A value that a call hands to its function: null, a boolean, a number or a text, in the form of
/// `value_view`.
struct argument {
  value_kind kind = value_kind::null;
  std::string bytes = {};
  bool operator==(const argument&) const = default;
};

struct call {
  std::string name;
  std::vector<argument> arguments = {};
  bool operator==(const call&) const = default;
};

/// The calls of a template, or what is wrong with them.
struct parsed_calls {
  std::vector<call> calls;
  std::string malformed;  ///< empty if nothing is
};

/// Takes `trim | pad(5, '0')` apart. Whether there are such functions is another question: see
/// `problem_of`. Pure.
parsed_calls parse_calls(std::string_view text);

/// The same text back, in one spelling. Pure.
std::string to_text(std::span<const call> calls);

}  // namespace sluice::values
