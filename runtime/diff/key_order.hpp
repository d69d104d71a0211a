// An order of packed keys; where that is cheap, it is the order in which databases return them.
#pragma once

#include <compare>
#include <string_view>

namespace sluice::diff {

/// Compares two packed keys value by value: integers by their value, everything else by its bytes,
/// which for dates, times and uuids is their order too; values of different kinds by kind.
///
/// A total order in which only identical keys are equal. That is all that `new_key_filter` needs to
/// be exact; following the database's order only makes it fast.
std::strong_ordering compare_keys(std::string_view a, std::string_view b);

}  // namespace sluice::diff
