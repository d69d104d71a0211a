// One change to deliver.
#pragma once

#include <cstdint>
#include <string_view>

#include "messages/hash128.hpp"

namespace sluice {

/// What a delta asks the destination to do. The numbers are part of the ledger's format.
enum class operation : std::uint8_t { insert = 0, update = 1, erase = 2 };

/// `insert`, `update` or `delete`: the words of the JSON forms.
std::string_view to_string(operation op);

/// One row to deliver, as seen through its batch. Views stay valid as long as the batch does.
struct delta_view {
  operation op;
  hash128 key_hash;
  hash128 fingerprint;   ///< of the mapped values; zero for `erase`
  std::string_view key;  ///< packed values of the key columns, in the order of `row_schema::keys`
  /// Packed mapped values in the order of `row_schema::fields`; empty for `erase`.
  std::string_view row;
  /// The name of the delivery (see messages/delivery_name.hpp); one that repeats an earlier
  /// delivery of unknown outcome has the same name. Zero where there is none.
  hash128 delivery = {};
  /// What the destination answered about the key earlier, as the destination wrote it down (see
  /// batch_outcome::remembered); empty if there is nothing, or if nobody asked for it.
  std::string_view remembered = {};
};

/// What identifies a delta that the destination refused.
struct refused_delta {
  operation op = operation::insert;
  hash128 key_hash;
  hash128 fingerprint;  ///< zero for `erase`

  bool operator==(const refused_delta&) const = default;
};

}  // namespace sluice
