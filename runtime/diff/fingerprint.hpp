// The hash of keys and rows.
#pragma once

#include <string_view>

#include "messages/hash128.hpp"

namespace sluice::diff {

/// Hashes packed bytes. Injectable where hashes are made, so that tests can make them collide.
using hash_function = hash128 (*)(std::string_view packed);

/// XXH3, 128 bits, seed 0. Part of the ledger's format: another function needs a new ledger. Two
/// different rows have the same hash with a probability of about 2^-128, so equal hashes count as
/// equal rows.
hash128 fingerprint(std::string_view packed);

}  // namespace sluice::diff
