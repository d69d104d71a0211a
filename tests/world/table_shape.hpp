// The columns of the tables that worlds deliver to.
#pragma once

#include <cstdint>

#include "runtime/odbc/connection.hpp"

namespace sluice::test {

struct table_shape {
  odbc::product database;
  const char* key;
  const char* value;
  bool numbers;  ///< the key holds a number by its value
  bool padded;   ///< blanks at the end of a key make no difference
};

[[nodiscard]] table_shape table_shape_of(std::uint32_t number);
/// So many there are.
extern const std::uint32_t table_shapes;

}  // namespace sluice::test
