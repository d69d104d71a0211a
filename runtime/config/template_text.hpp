// Templates of mapped fields. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/values/call.hpp"

namespace sluice::config {

/// `Dear {first_name | trim}`: a text that contains the texts of columns.
struct template_value {
  /// A literal text, and the column whose text follows it, as functions make it.
  struct piece {
    std::string literal;
    std::string column;
    std::vector<values::call> apply = {};
    bool operator==(const piece&) const = default;
  };
  std::string text;  ///< as written: `{column}`, and `{{` and `}}` for braces
  std::vector<piece> pieces;
  std::string tail;                      ///< literal text behind the last column
  std::vector<values::call> apply = {};  ///< functions on the whole text
  bool operator==(const template_value&) const = default;
};

/// A parsed template, or its problem.
struct parsed_template {
  template_value value;
  std::string malformed;  ///< empty if nothing is
};
/// Whether its functions exist is not looked at: see read_calls.hpp.
parsed_template parse_template(std::string text);

}  // namespace sluice::config
