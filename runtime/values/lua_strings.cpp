#include "runtime/values/lua_strings.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "messages/ascii.hpp"
#include "runtime/values/lua_pattern.hpp"

namespace sluice::values {
namespace {

lua_budget& budget_of(lua_State* lua) {
  return *static_cast<lua_budget*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

std::string_view text_argument(lua_State* lua, int i) {
  std::size_t size = 0;
  const auto* const bytes = luaL_checklstring(lua, i, &size);
  return {bytes, size};
}

void push(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

/// Position of the argument `i`, from 0; behind the end where it is too large.
std::size_t begin_argument(lua_State* lua, int i, std::size_t size) {
  const auto given = luaL_optinteger(lua, i, 1);
  if (given > 0) return static_cast<std::size_t>(given - 1);
  const auto from_end = static_cast<std::size_t>(-std::max<lua_Integer>(given, -0x7fffffff));
  return given == 0 || from_end > size ? 0 : size - from_end;
}

/// Pushes a capture, or the whole match where there are none.
void push_capture(lua_State* lua, std::string_view subject, const lua_match& m, std::size_t i) {
  if (i >= m.count) {
    if (i != 0) luaL_error(lua, "invalid capture index %%%d", static_cast<int>(i) + 1);
    return push(lua, subject.substr(m.begin, m.end - m.begin));
  }
  const auto& capture = m.captures[i];
  if (capture.length == lua_match::position)
    lua_pushinteger(lua, static_cast<lua_Integer>(capture.begin) + 1);
  else
    push(lua, subject.substr(capture.begin, capture.length));
}

int push_captures(lua_State* lua, std::string_view subject, const lua_match& m,
                  bool whole_if_none) {
  const auto count = m.count == 0 && whole_if_none ? 1 : m.count;
  luaL_checkstack(lua, static_cast<int>(count), "too many captures");
  for (std::size_t i = 0; i < count; ++i) push_capture(lua, subject, m, i);
  return static_cast<int>(count);
}

/// The next match; raises an error for a pattern that is none, and where it takes too long.
bool next_match(lua_State* lua, lua_search what, std::size_t from, lua_match& out) {
  using outcome = lua_pattern::outcome;
  const auto found = lua_pattern(what, budget_of(lua).steps).find(from, out);
  if (found == outcome::malformed) luaL_error(lua, "malformed pattern");
  if (found == outcome::too_long) luaL_error(lua, "the pattern takes too many steps");
  return found == outcome::found;
}

int find_or_match(lua_State* lua, bool find) {
  const auto subject = text_argument(lua, 1);
  const auto pattern = text_argument(lua, 2);
  const auto from = begin_argument(lua, 3, subject.size());
  const bool plain = find && (lua_toboolean(lua, 4) != 0 ||
                              pattern.find_first_of("^$*+?.([%-") == std::string_view::npos);
  lua_match m;
  if (from > subject.size()) {
    lua_pushnil(lua);
    return 1;
  }
  if (plain) {
    m.begin = subject.find(pattern, from);
    m.end = m.begin + pattern.size();
  }
  if (plain ? m.begin == std::string_view::npos : !next_match(lua, {subject, pattern}, from, m)) {
    lua_pushnil(lua);
    return 1;
  }
  if (!find) return push_captures(lua, subject, m, true);
  lua_pushinteger(lua, static_cast<lua_Integer>(m.begin) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(m.end));
  return 2 + push_captures(lua, subject, m, false);
}

int string_find(lua_State* lua) { return find_or_match(lua, true); }
int string_match(lua_State* lua) { return find_or_match(lua, false); }

/// Upvalues: budget, subject, pattern, where to go on, the end of the last match.
int gmatch_next(lua_State* lua) {
  const auto at = [&](int i) {
    std::size_t size = 0;
    const auto* const bytes = lua_tolstring(lua, lua_upvalueindex(i), &size);
    return std::string_view(bytes, size);
  };
  const auto subject = at(2);
  const auto pattern = at(3);
  auto from = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(4)));
  const auto last = lua_tointeger(lua, lua_upvalueindex(5));
  for (; from <= subject.size(); ++from) {
    lua_match m;
    if (!next_match(lua, {subject, pattern}, from, m)) return 0;
    if (static_cast<lua_Integer>(m.end) != last) {
      lua_pushinteger(lua, static_cast<lua_Integer>(m.end));
      lua_copy(lua, -1, lua_upvalueindex(4));
      lua_copy(lua, -1, lua_upvalueindex(5));
      lua_pop(lua, 1);
      return push_captures(lua, subject, m, true);
    }
    from = m.begin;
  }
  return 0;
}

int string_gmatch(lua_State* lua) {
  const auto subject = text_argument(lua, 1);
  text_argument(lua, 2);
  const auto from = begin_argument(lua, 3, subject.size());
  lua_settop(lua, 2);
  lua_pushlightuserdata(lua, &budget_of(lua));
  lua_insert(lua, 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(std::min(from, subject.size() + 1)));
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, gmatch_next, 5);
  return 1;
}

/// Appends `with`, in which %1 stands for a capture.
void append_replacement(lua_State* lua, luaL_Buffer& out, std::string_view with,
                        std::string_view subject, const lua_match& m) {
  for (std::size_t i = 0; i < with.size(); ++i) {
    if (with[i] != '%') {
      luaL_addchar(&out, with[i]);
      continue;
    }
    const char c = ++i < with.size() ? with[i] : '\0';
    if (c == '%') {
      luaL_addchar(&out, '%');
    } else if (c == '0') {
      luaL_addlstring(&out, subject.data() + m.begin, m.end - m.begin);
    } else if (is_digit(c)) {
      push_capture(lua, subject, m, static_cast<std::size_t>(c - '1'));
      luaL_tolstring(lua, -1, nullptr);
      lua_remove(lua, -2);
      luaL_addvalue(&out);
    } else {
      luaL_error(lua, "invalid use of '%%' in replacement string");
    }
  }
}

/// Appends what a table or a function gives for the match; nil and false leave it as it is.
void append_computed(lua_State* lua, luaL_Buffer& out, std::string_view subject,
                     const lua_match& m) {
  if (lua_type(lua, 3) == LUA_TTABLE) {
    push_capture(lua, subject, m, 0);
    lua_gettable(lua, 3);
  } else {
    lua_pushvalue(lua, 3);
    lua_call(lua, push_captures(lua, subject, m, true), 1);
  }
  if (!lua_toboolean(lua, -1)) {
    lua_pop(lua, 1);
    push(lua, subject.substr(m.begin, m.end - m.begin));
  } else if (!lua_isstring(lua, -1)) {
    luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
  }
  luaL_addvalue(&out);
}

int string_gsub(lua_State* lua) {
  const auto subject = text_argument(lua, 1);
  const auto pattern = text_argument(lua, 2);
  const auto type = lua_type(lua, 3);
  const bool computed = type == LUA_TTABLE || type == LUA_TFUNCTION;
  luaL_argexpected(lua, computed || type == LUA_TSTRING || type == LUA_TNUMBER, 3,
                   "string/function/table");
  const auto most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(subject.size()) + 1);
  const auto with = computed ? std::string_view() : text_argument(lua, 3);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  lua_Integer count = 0;
  std::size_t from = 0;
  auto last = static_cast<std::size_t>(-1);
  while (count < most && from <= subject.size()) {
    lua_match m;
    if (!next_match(lua, {subject, pattern}, from, m)) break;
    if (m.end == last) {  // an empty match where the last one ended
      if (m.begin < subject.size()) luaL_addchar(&out, subject[m.begin]);
      from = m.begin + 1;
      last = static_cast<std::size_t>(-1);
      if (pattern.starts_with('^')) break;
      continue;
    }
    luaL_addlstring(&out, subject.data() + from, m.begin - from);
    ++count;
    if (computed)
      append_computed(lua, out, subject, m);
    else
      append_replacement(lua, out, with, subject, m);
    from = last = m.end;
    if (pattern.starts_with('^')) break;
  }
  if (from < subject.size()) luaL_addlstring(&out, subject.data() + from, subject.size() - from);
  luaL_pushresult(&out);
  lua_pushinteger(lua, count);
  return 2;
}

/// Lua's own copies nothing any number of times, if it is told to.
int string_rep(lua_State* lua) {
  const auto text = text_argument(lua, 1);
  const auto count = luaL_checkinteger(lua, 2);
  std::size_t size = 0;
  const auto* const bytes = luaL_optlstring(lua, 3, "", &size);
  const std::string_view between(bytes, size);
  constexpr lua_Integer most = 64 << 20;  // the memory's limit is no larger
  const auto each = static_cast<lua_Integer>(text.size() + between.size());
  if (count <= 0 || each == 0) {
    push(lua, "");
    return 1;
  }
  if (count > most / each) return luaL_error(lua, "resulting string too large");
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  for (lua_Integer i = 0; i < count; ++i) {
    if (i > 0) luaL_addlstring(&out, between.data(), between.size());
    luaL_addlstring(&out, text.data(), text.size());
  }
  luaL_pushresult(&out);
  return 1;
}

}  // namespace

void replace_string_functions(lua_State* state, lua_budget& budget) {
  const auto set = [&](const char* name, lua_CFunction function) {
    lua_pushlightuserdata(state, &budget);
    lua_pushcclosure(state, function, 1);
    lua_setfield(state, -2, name);
  };
  set("find", string_find);
  set("match", string_match);
  set("gmatch", string_gmatch);
  set("gsub", string_gsub);
  set("rep", string_rep);
}

}  // namespace sluice::values
