// What programs in Lua may call: string, table, math and utf8, as far as it is pure and bounded.
#pragma once

#include <cstdint>
#include <lua.hpp>

namespace sluice::values {

/// What is left to a program for a row.
struct lua_budget {
  std::uint64_t steps = 0;
  /// Of the thread, in nanoseconds, at which it ends; 0 as long as it has taken few steps.
  std::int64_t processor_time = 0;
};

/// Prepares a state that has no functions yet, and leaves the table of its globals on the stack.
/// Programs cannot change it. Lacking are, beside all other libraries:
///
/// - load, string.dump: code; collectgarbage, print: other effects;
/// - pcall, coroutine: they would catch the error that ends a program;
/// - setmetatable, getmetatable, raw…: finalisers run without limits, and libraries must not
/// change;
/// - next, and the order of pairs: it differs from process to process. Here pairs is in order;
/// - math.random; string.pack, table.move; text as a number: '10' + 1 is an error, so that no digit
///   of a decimal is lost by accident.
///
/// `budget` must outlive the state.
void open_sandbox(lua_State* state, lua_budget& budget);

}  // namespace sluice::values
