// Whether a table's column can be a key, and how it identifies the source's keys.
#pragma once

#include <string>
#include <variant>

#include "messages/batch.hpp"
#include "messages/identity_rule.hpp"
#include "runtime/destinations/table/target_table.hpp"

namespace sluice::destinations {

/// The form in which keys of `key` are equal for `column`, or why the column must not be a key:
/// because different keys of the source could share a row, or a key could not be found again. Every
/// single value is stored as it is sent (see column_converter), so only kinds matter here:
///
/// - A column of numbers keeps their value and loses their spelling; one of texts keeps spellings;
///   one that is padded loses blanks at the end; a uuid is 128 bits.
/// - Texts into columns whose database reads several spellings of one value (dates, booleans,
///   addresses, JSON) are refused, unless the source's column is declared as the same type: then
///   they are the database's own spelling.
/// - Fractions of a second that the column would not keep are refused.
/// - So are columns that fold letters, except MariaDB's, whose writer compares exactly.
///
/// About other products nothing is known: their keys have the canonical form. Pure.
std::variant<identity_form, std::string> key_form_of(const field& key, const target_column& column,
                                                     odbc::product product);

}  // namespace sluice::destinations
