// A column's type as its database declares it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/odbc/diagnostics.hpp"

namespace sluice::odbc {

/// `decimal(10,2) unsigned`, taken apart. The name is in lower case, and includes words behind the
/// parentheses: `timestamp(3) with time zone` is `timestamp with time zone`, 3.
struct declared_type {
  std::string name;
  std::optional<int> first;   ///< length or precision
  std::optional<int> second;  ///< scale
  bool is_unsigned = false;

  bool operator==(const declared_type&) const = default;

  /// Pure; a text that is no type becomes a name.
  static declared_type parse(std::string_view text);
};

/// A declared type with its database, in the form of `field::declared`: `PostgreSQL
/// numeric(36,18)`.
struct foreign_type {
  product database = product::generic;
  std::string text;  ///< as declared; empty if it is not known

  /// Reads `field::declared`. Pure.
  static foreign_type parse(std::string_view declared);
  /// The text for `field::declared`; empty if `text` is.
  [[nodiscard]] std::string declared() const;
};

}  // namespace sluice::odbc
