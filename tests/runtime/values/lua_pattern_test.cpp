#include "runtime/values/lua_pattern.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <lua.hpp>
#include <memory>
#include <string>

using namespace sluice::values;

namespace {

/// A match as text: `1-3 (1,2) @4`; `none`, `malformed` or `too long` where there is none.
std::string found(std::string_view subject, std::string_view pattern, std::size_t from = 0,
                  std::uint64_t steps = 100'000) {
  lua_match m;
  switch (lua_pattern({subject, pattern}, steps).find(from, m)) {
    case lua_pattern::outcome::none:
      return "none";
    case lua_pattern::outcome::malformed:
      return "malformed";
    case lua_pattern::outcome::too_long:
      return "too long";
    case lua_pattern::outcome::found:
      break;
  }
  auto out = std::to_string(m.begin) + "-" + std::to_string(m.end);
  for (std::size_t i = 0; i < m.count; ++i) {
    const auto& c = m.captures[i];
    if (c.length == lua_match::position)
      out += " @" + std::to_string(c.begin);
    else
      out += " " + std::string(subject.substr(c.begin, c.length));
  }
  return out;
}

/// The same by Lua's own string.find.
class lua_itself {
 public:
  lua_itself() : state_(luaL_newstate()) { luaL_requiref(state_, "string", luaopen_string, 1); }
  ~lua_itself() { lua_close(state_); }
  lua_itself(const lua_itself&) = delete;
  lua_itself& operator=(const lua_itself&) = delete;

  std::string found(const std::string& subject, const std::string& pattern) {
    lua_settop(state_, 0);
    lua_getglobal(state_, "string");
    lua_getfield(state_, -1, "find");
    lua_remove(state_, 1);
    lua_pushlstring(state_, subject.data(), subject.size());
    lua_pushlstring(state_, pattern.data(), pattern.size());
    if (lua_pcall(state_, 2, LUA_MULTRET, 0) != LUA_OK) {
      const std::string why = lua_tostring(state_, -1);
      return why.find("too complex") != std::string::npos ? "too long" : "malformed";
    }
    if (lua_isnil(state_, 1)) return "none";
    auto out = std::to_string(lua_tointeger(state_, 1) - 1) + "-" +
               std::to_string(lua_tointeger(state_, 2));
    for (int i = 3; i <= lua_gettop(state_); ++i) {
      if (lua_isinteger(state_, i) != 0) {
        out += " @" + std::to_string(lua_tointeger(state_, i) - 1);
      } else {
        std::size_t size = 0;
        const auto* const bytes = lua_tolstring(state_, i, &size);
        out += " " + std::string(bytes, size);
      }
    }
    return out;
  }

 private:
  lua_State* state_;
};

/// A pattern of parts that often fit.
rc::Gen<std::string> any_pattern() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "a", "b", ".", "%a", "%d", "%s", "%W", "[ab]", "[^a]", "[a-c%d]", "[]]",
                          "[%]x-]", "(", ")", "()", "*", "+", "-", "?", "^", "$", "%b()", "%f[a]",
                          "%f[^%w]", "%1", "%", "[", "%%", " ")),
                      [](const std::vector<std::string>& parts) {
                        std::string out;
                        for (const auto& part : parts) out += part;
                        return out;
                      });
}

}  // namespace

TEST_CASE("patterns match as Lua's do") {
  CHECK(found("key = value", "^(%w+)%s*=%s*(%w+)$") == "0-11 key value");
  CHECK(found("x(a(b)c)y", "%b()") == "1-8");
  CHECK(found("THE (quick) fox", "%f[%a]%a+%f[%A]", 1) == "5-10");
  CHECK(found("abc", "()b()") == "1-2 @1 @2");
  CHECK(found("aa bb ab", "(%a)%1", 1) == "3-5 b");
  CHECK(found("", "") == "0-0");
  CHECK(found("a-b", "[a%-]-b") == "0-3");
  for (const auto* malformed_pattern : {"%", "[a", "(", ")", "%b", "%f", "%1", "[%", "[]"})
    CHECK_MESSAGE(found("aaa", malformed_pattern) == "malformed", malformed_pattern);
}

TEST_CASE("any pattern gives what Lua's own function gives") {
  lua_itself lua;
  const auto holds = rc::check([&] {
    const auto pattern = *any_pattern();
    const auto subject = *rc::gen::container<std::string>(
        rc::gen::element('a', 'b', 'c', '1', ' ', '(', ')', ']', '\0', '\xe9'));
    // Without a special character Lua looks for the text, and so does string.find here.
    if (pattern.find_first_of("^$*+?.([%-") == std::string::npos) return;
    RC_ASSERT(found(subject, pattern) == lua.found(subject, pattern));
  });
  CHECK(holds);
}

TEST_CASE("a pattern that would take hours is given up") {
  const std::string text(10'000, 'a');
  CHECK(found(text, ".-.-.-.-.-.-b") == "too long");
  CHECK(found(text, "a*a*a*a*a*b") == "too long");
  CHECK(found(std::string(10'000, '('), "%b()") == "too long");
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "a?";
  CHECK(found(text, deep, 0, 1'000'000) == "too long");
}
