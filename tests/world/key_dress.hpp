// How a source writes its keys, and which of them are one row to a destination: by the world's own
// reckoning, so that it can judge the engine's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/identity_rule.hpp"
#include "messages/row.hpp"

namespace sluice::test {

/// What keys are.
enum class key_family : std::uint8_t { numbers, uuids, moments, names };

/// Ids from here on stand for the same keys as those from 0 on, so that a source can have one key
/// twice.
inline constexpr long twins = 1000;

/// So many types may the key column of a family have.
[[nodiscard]] unsigned dresses(key_family family);
/// The type of the column under that dress.
[[nodiscard]] value_kind kind_of(key_family family, unsigned dress);
/// The key of an id as a column of that type holds it. Another variant is another spelling, where
/// the type has several.
[[nodiscard]] std::string write_key(key_family family, unsigned dress, long id, unsigned variant);

/// Variants below this have neither an exponent nor leading zeros.
inline constexpr unsigned plain_spellings = 2;

/// What a destination tells keys apart by.
enum class telling_apart : std::uint8_t {
  by_number,
  by_text,
  without_blanks,  ///< at the end
  by_uuid,
  by_instant,
  folded,  ///< texts without blanks around them and without regard to case
};

/// The rule by which the engine is told so.
[[nodiscard]] identity_rule rule_of(telling_apart how);
/// Names the row that a key is at the destination.
[[nodiscard]] std::string row_named(telling_apart how, std::string_view written);
/// The same of a packed key of one column.
[[nodiscard]] std::string row_of_key(telling_apart how, std::string_view packed_key);

}  // namespace sluice::test
