// Programs in Lua that compute a value of a row's columns.
//
// A program sees nothing but the row and the functions of lua_sandbox.hpp, and keeps nothing from
// row to row: the same row gives the same value, whatever was read before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/row.hpp"
#include "runtime/values/lua_columns.hpp"

namespace sluice::values {

/// What a program may use for one row.
struct lua_limits {
  std::uint64_t steps = 1'000'000;  ///< instructions of Lua's machine, and steps of its patterns
  std::size_t memory = 64u << 20;   ///< bytes, those of the row's values included
};

/// What is wrong with a program as a text, with the line; empty if it compiles. Runs nothing.
std::string problem_of_program(const std::string& program);

/// A compiled program.
///
///  enters as        | values
///  -----------------+----------------------------------------------------------------------------
///  nil              | NULL
///  boolean          | boolean
///  integer          | integers of 64 bits
///  float            | real
///  string           | all others: their canonical text, of larger integers and decimals every
///                   | digit. Bytes as they are. Text is never taken for a number by itself
///
///  leaves as        | what it returns
///  -----------------+----------------------------------------------------------------------------
///  NULL             | nil
///  boolean, integer | boolean, integer
///  real             | float
///  text             | string, if it is UTF-8
///  json             | table: an array if its keys are 1 to n, else an object with its string keys
///                   | in order
///
/// One thread.
class lua_program {
 public:
  /// `columns`: the members of `row`, in the order of the values. Throws `failure` (invalid_config)
  /// for a program that does not compile.
  lua_program(const std::string& program, const std::vector<std::string>& columns,
              lua_limits limits = {});
  ~lua_program();
  lua_program(const lua_program&) = delete;
  lua_program& operator=(const lua_program&) = delete;

  /// What the program returns for a row, valid until the next call; or nothing, see `problem`.
  std::optional<value_view> run(std::span<const value_view> row);
  /// Why the last `run` gave nothing: `lua:2: attempt to concatenate a nil value (field 'first')`.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct machine;
  std::unique_ptr<machine> machine_;
  std::string result_;
  std::string problem_;
};

}  // namespace sluice::values
