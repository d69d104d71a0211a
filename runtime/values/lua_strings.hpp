// Functions of Lua's string library whose own form has no limits: find, match, gmatch, gsub, rep.
#pragma once

#include <lua.hpp>

#include "runtime/values/lua_sandbox.hpp"

namespace sluice::values {

/// Replaces them in the table on top of the stack.
void replace_string_functions(lua_State* state, lua_budget& budget);

}  // namespace sluice::values
