#include "runtime/values/lua_sandbox.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "runtime/values/lua_strings.hpp"

namespace sluice::values {
namespace {

/// Completes the globals, given as arguments: what is easier said in Lua.
constexpr auto* prelude = R"lua(
local globals, string_methods = ...
local next, type, error, select = next, type, error, select
local sort = table.sort

-- In order: Lua's own order depends on addresses.
local rank = {boolean = 1, number = 2, string = 3}
local function before(a, b)
  local of_a, of_b = type(a), type(b)
  if of_a ~= of_b then return (rank[of_a] or 4) < (rank[of_b] or 4) end
  if of_a == 'boolean' then return not a and b end
  return a < b
end
function globals.pairs(t)
  local keys, n = {}, 0
  for key in next, t do
    n = n + 1
    keys[n] = key
  end
  sort(keys, before)
  local i = 0
  return function()
    i = i + 1
    local key = keys[i]
    if key ~= nil then return key, t[key] end
  end
end

-- The length of a table with holes can be anything, and these loop over it.
local most = 1000000
local function bounded(inner)
  return function(t, ...)
    if #t > most then error('the table is too long', 2) end
    return inner(t, ...)
  end
end
for _, name in ipairs{'insert', 'remove', 'sort', 'concat', 'unpack'} do
  globals.table[name] = bounded(table[name])
end

-- An address is no text: it differs from run to run.
local text_of, format = tostring, string.format
local find, gsub = globals.string.find, globals.string.gsub
local function expect_text(value)
  local kind = type(value)
  if kind == 'table' or kind == 'function' then error('a ' .. kind .. ' has no text', 3) end
end
function globals.tostring(value)
  expect_text(value)
  return text_of(value)
end
function globals.string.format(form, ...)
  for i = 1, select('#', ...) do expect_text((select(i, ...))) end
  if find(gsub(form, '%%%%', ''), '%%[-+ #0]*%d*%.?%d*p') then
    error("invalid conversion '%p' to 'format'", 2)
  end
  return format(form, ...)
end

-- Methods of texts, and no arithmetic on them.
for name in next, string_methods do string_methods[name] = nil end
)lua";

constexpr auto* functions_of_base = "assert error ipairs select tonumber type";

/// Copies members of the table at `from`, named in `names`, into the table on top.
void copy_members(lua_State* lua, int from, std::string_view names) {
  from = lua_absindex(lua, from);
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    const std::string name(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
    lua_getfield(lua, from, name.c_str());
    lua_setfield(lua, -2, name.c_str());
  }
}

int refuse_change(lua_State* lua) {
  const bool named = lua_type(lua, 2) == LUA_TSTRING;
  return luaL_error(lua, "a program keeps nothing: make '%s' local",
                    named ? lua_tostring(lua, 2) : luaL_typename(lua, 2));
}

/// Replaces the table on top by one that reads from it and refuses to be changed.
void seal(lua_State* lua) {
  lua_createtable(lua, 0, 0);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_change);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

/// Runs the prelude on the globals at `globals`.
void complete(lua_State* lua, int globals) {
  globals = lua_absindex(lua, globals);
  if (luaL_loadstring(lua, prelude) != LUA_OK) lua_error(lua);
  lua_pushvalue(lua, globals);
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_remove(lua, -2);
  lua_call(lua, 2, 0);
}

}  // namespace

void open_sandbox(lua_State* state, lua_budget& budget) {
  struct library {
    const char* name;
    lua_CFunction open;
    const char* functions;
  };
  constexpr std::array libraries{
      library{LUA_STRLIBNAME, luaopen_string, "byte char format len lower reverse sub upper"},
      library{LUA_TABLIBNAME, luaopen_table, "concat insert pack remove sort unpack"},
      library{
          LUA_MATHLIBNAME, luaopen_math,
          "abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger "
          "modf pi rad sin sqrt tan tointeger type ult"},
      library{LUA_UTF8LIBNAME, luaopen_utf8, "char charpattern codepoint codes len offset"}};
  luaL_requiref(state, LUA_GNAME, luaopen_base, 1);
  lua_createtable(state, 0, 16);
  copy_members(state, -2, functions_of_base);
  for (const auto& l : libraries) {
    luaL_requiref(state, l.name, l.open, 1);
    lua_createtable(state, 0, 16);
    copy_members(state, -2, l.functions);
    if (l.open == luaopen_string) replace_string_functions(state, budget);
    lua_setfield(state, -3, l.name);
    lua_pop(state, 1);
  }
  complete(state, -1);
  // Methods: ("x"):upper().
  lua_pushliteral(state, "");
  lua_getmetatable(state, -1);
  lua_getfield(state, -3, LUA_STRLIBNAME);
  lua_setfield(state, -2, "__index");
  lua_pop(state, 2);
  for (const auto& l : libraries) {
    lua_getfield(state, -1, l.name);
    seal(state);
    lua_setfield(state, -2, l.name);
  }
  seal(state);
  lua_remove(state, -2);
}

}  // namespace sluice::values
