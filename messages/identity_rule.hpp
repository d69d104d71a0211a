// How a destination tells rows apart: the part of a key that says which row is meant.
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
  casefold,  ///< for comparing without case: ß is ss
  nfc,       ///< composed: é is one character, however it was typed
  nfkc,      ///< as `nfc`; wide and raised forms of a character become that character
  unaccent,  ///< without marks: é is e
  digits,    ///< the digits only; a text without digits stays as it is
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
/// as in ledgers written before there were rules.
struct identity_rule {
  std::vector<identity_column> columns;

  bool operator==(const identity_rule&) const = default;

  /// For example `number, text trim lower`; empty without columns.
  [[nodiscard]] std::string text() const;
  /// The rule that `text` spells; nothing if it spells none.
  static std::optional<identity_rule> parse(std::string_view text);
};

/// The form in which values of a kind are equal if databases hold them for equal.
identity_form canonical_form(value_kind kind);
/// The rule with that form for every key column, for destinations that know no other.
identity_rule canonical_identity(const row_schema& schema);

}  // namespace sluice
