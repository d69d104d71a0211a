// Texts for columns of types with a grammar of their own: which texts such a column returns
// unchanged. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::destinations {

/// Characters of a UTF-8 text.
std::size_t count_characters(std::string_view text);

/// Whether the text has labels of MariaDB's SET, in their order and each once. Any other order or
/// spelling would be stored in this one.
bool is_set_of(const std::vector<std::string>& labels, std::string_view text);

/// A word for true or false that databases know: true, false, t, f, yes, no, y, n, on, off, 1, 0,
/// in any case.
bool is_boolean_word(std::string_view text);

/// 32 hexadecimal digits, with hyphens or without, and perhaps in braces.
bool is_uuid(std::string_view text);

/// PostgreSQL's money in a locale that writes -$1,234.50: with or without dollar sign and groups of
/// three, and with at most two digits behind the point.
bool is_dollars(std::string_view text);

/// PostgreSQL's interval in any of its styles. It must have a unit or a colon, since a bare number
/// would be seconds; only the seconds may have a point, with at most `digits` digits behind it.
bool is_interval(std::string_view text, int digits);

/// PostgreSQL's bit strings: zeros and ones. (It reads x1F, too.)
bool is_bit_string(std::string_view text);

/// The elements of an array as PostgreSQL writes it, however nested, without NULLs: `{{1,2},{"a
/// \"b\"",NULL}}`. The database checks whether it is well-formed.
std::vector<std::string> array_elements(std::string_view text);

}  // namespace sluice::destinations
