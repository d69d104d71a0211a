// How a destination tells rows apart: what of a key says which row it is there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/row_schema.hpp"
#include "messages/value_kind.hpp"

namespace sluice {

/// What makes two values of a key column the same to the destination. The words of the forms are
/// part of the ledger's format.
enum class identity_form : std::uint8_t {
  packed,    ///< kind and bytes, as they are packed
  number,    ///< the number, whatever its kind, scale or spelling: 5, 5.00 and '5' are one row
  text,      ///< the characters, whatever the kind
  typed,     ///< numbers by value, everything else by its characters: 5 and '5' are two rows
  unpadded,  ///< the same without blanks at the end
  uuid,      ///< the 128 bits, whatever the spelling
  instant,   ///< the date and time, whatever kind and trailing zeros
};

/// What a destination does to a text before it compares it. The words of the steps (see
/// `to_string`) are part of the ledger's format, and of the configuration.
enum class identity_step : std::uint8_t {
  trim,      ///< without white space at both ends
  lower,     ///< every character in lower case
  casefold,  ///< as texts are compared that ignore case: ß is ss
  nfc,       ///< composed: é is one character, however it was typed
  nfkc,      ///< the same, and the wide and the raised forms of a character are that character
  unaccent,  ///< without marks: é is e
  digits,    ///< its digits only; a text without any stays as it is
  md5,       ///< the hash in lower-case hexadecimal digits: the last step
  sha256,    ///< as `md5`
};

/// `lower`, …: see `identity_step`.
std::string_view to_string(identity_step step);

/// How one key column tells rows apart.
struct identity_column {
  // Implicit: most columns have no steps.
  identity_column(identity_form how, std::vector<identity_step> then = {})
      : form(how), steps(std::move(then)) {}

  identity_form form;
  std::vector<identity_step> steps;  ///< of texts, one after the other; with the form `text` only

  bool operator==(const identity_column&) const = default;
};

/// A form for each key column, in the order of `row_schema::keys`. None: every column is `packed`,
/// which is how ledgers were keyed before they had a rule.
struct identity_rule {
  std::vector<identity_column> columns;

  bool operator==(const identity_rule&) const = default;

  /// For example `number, text trim lower`; empty without columns.
  [[nodiscard]] std::string text() const;
  /// The rule of a text; nothing if it is none.
  static std::optional<identity_rule> parse(std::string_view text);
};

/// The form in which what databases hold for equal is equal, for values of a kind.
identity_form canonical_form(value_kind kind);
/// That of every key column: the rule of destinations that know no other.
identity_rule canonical_identity(const row_schema& schema);

}  // namespace sluice
