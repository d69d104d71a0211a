// The grammar of an ODBC connection string: `Driver=SQLite3;Database={/a;b}}c};…`.
//
// A value in braces may hold anything, `}` written as `}}`; a value without ends at the next `;`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/references.hpp"

namespace sluice::config {

/// One `name=value` of a connection string, or a reference in the position of attributes.
struct odbc_attribute {
  std::string written;  ///< the whole attribute as it was written, without its semicolon
  std::string name;     ///< without white space around it; empty for a stand-alone reference
  std::string value;    ///< without white space or braces around it, and with `}}` undone
  bool braced = false;
};

struct odbc_attributes {
  std::vector<odbc_attribute> all;
  /// The problem, without any quote of the text, which may be a password; empty if there is none.
  std::string malformed;
};

odbc_attributes parse_odbc(std::string_view text, reference_syntax references);

/// The attributes as they were written, joined with semicolons.
std::string join(const std::vector<odbc_attribute>& attributes);

/// `value`, quoted if necessary so that it is one value in a connection string.
std::string quoted_if_needed(const std::string& value);
std::string quoted(const std::string& value);

/// True for PWD, Password, AccessToken, ClientSecret and the like, by name, and for attributes
/// whose value holds a secret of its own; see log::secret_parts.
bool is_secret(const odbc_attribute& attribute);

}  // namespace sluice::config
