// Which columns a program in Lua names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::values {

struct lua_columns {
  std::vector<std::string> names;  ///< each once, in the order of the program
  bool every = false;              ///< it uses `row` in other ways than `row.first`, `row["first"]`
};

/// Pure. REQUIRES: a program that compiles.
lua_columns columns_of_program(std::string_view program);

}  // namespace sluice::values
