// What tests of runs say of keys and counters.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "messages/row.hpp"
#include "messages/run.hpp"

namespace sluice::test {

/// The key of a row whose only column of the key is this number.
inline std::string packed_key(long id) {
  std::string key;
  append_value(key, value_kind::integer, std::to_string(id));
  return key;
}

/// Every row that was read, and every delta, is counted exactly once.
inline void check_adds_up(const run_record& run) {
  const auto& c = run.counters;
  CHECK(c.read == c.unchanged + c.invalid + c.inserts + c.updates);
  CHECK(c.deltas() == c.settled());
  CHECK(c.delivered_as.total() == c.delivered);
}

}  // namespace sluice::test
