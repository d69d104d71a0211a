// Templates of mapped fields. Pure.
#pragma once

#include <string>
#include <vector>

namespace sluice::config {

/// `Dear {first_name}`: a text that contains the texts of columns.
struct template_value {
  /// A literal text, and the column whose text follows it.
  struct piece {
    std::string literal;
    std::string column;
    bool operator==(const piece&) const = default;
  };
  std::string text;  ///< as written: `{column}`, and `{{` and `}}` for braces
  std::vector<piece> pieces;
  std::string tail;  ///< literal text behind the last column
  bool operator==(const template_value&) const = default;
};

/// A parsed template, or its problem.
struct parsed_template {
  template_value value;
  std::string malformed;  ///< empty if nothing is
};
parsed_template parse_template(std::string text);

}  // namespace sluice::config
