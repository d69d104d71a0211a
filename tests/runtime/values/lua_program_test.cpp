#include "runtime/values/lua_program.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <simdjson.h>

#include <string>

#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::values;

namespace {

std::string shown(lua_program& program, const std::vector<value_view>& row) {
  const auto out = program.run(row);
  if (!out) return "refused: " + program.problem();
  if (out->kind == value_kind::null) return "null";
  return std::string(to_string(out->kind)) + " " + std::string(out->bytes);
}

/// What a program returns for a row with the column `x`.
std::string result(const std::string& text, value_view x = {}, lua_limits limits = {}) {
  lua_program program(text, {"x"}, limits);
  return shown(program, {x});
}

}  // namespace

TEST_CASE("a program computes a value of the row") {
  lua_program program("return row.first .. ' ' .. row.last", {"first", "last"});
  const value_view ada{value_kind::text, "Ada"};
  CHECK(shown(program, {ada, {value_kind::text, "Lovelace"}}) == "text Ada Lovelace");
  CHECK(shown(program, {ada, {}}) ==
        "refused: lua:1: attempt to concatenate a nil value (field 'last')");
  CHECK(shown(program, {ada, {value_kind::text, "Byron"}}) == "text Ada Byron");
}

TEST_CASE("values of every kind enter without losing a digit") {
  const auto type_of = [](value_kind kind, std::string_view bytes) {
    return result("return type(row.x) .. ' ' .. (math.type(row.x) or '') .. ' ' .. tostring(row.x)",
                  {kind, bytes});
  };
  using enum value_kind;
  CHECK(result("return row.x == nil") == "boolean 1");
  CHECK(type_of(boolean, "1") == "text boolean  true");
  CHECK(type_of(integer, "-9223372036854775808") == "text number integer -9223372036854775808");
  CHECK(type_of(integer, "9223372036854775808") == "text string  9223372036854775808");
  CHECK(type_of(decimal, "0.10") == "text string  0.10");
  CHECK(type_of(decimal, "12345678901234567890.12") == "text string  12345678901234567890.12");
  CHECK(type_of(real, "0.1") == "text number float 0.1");
  CHECK(result("return row.x ~= row.x", {real, "NaN"}) == "boolean 1");
  CHECK(result("return row.x", {real, "-Infinity"}) == "real -Infinity");
  CHECK(type_of(json, "[1]") == "text string  [1]");
  CHECK(result("return #row.x", {binary, std::string_view("\0\xff", 2)}) == "integer 2");
  CHECK(type_of(timestamp, "2026-01-31T09:00:00") == "text string  2026-01-31T09:00:00");
}

TEST_CASE("a text is not taken for a number by itself") {
  const value_view amount{value_kind::decimal, "12345678901234567890.12"};
  CHECK(result("return row.x * 2", amount) ==
        "refused: lua:1: attempt to perform arithmetic on a string value (field 'x')");
  CHECK(result("return row.x > 2", amount) ==
        "refused: lua:1: attempt to compare number with string");
  CHECK(result("return row.x", amount) == "text 12345678901234567890.12");
  CHECK(result("return tonumber(row.x) * 2", {value_kind::decimal, "1.5"}) == "real 3");
}

TEST_CASE("values of every type leave") {
  CHECK(result("") == "null");
  CHECK(result("return nil") == "null");
  CHECK(result("return 1 < 2") == "boolean 1");
  CHECK(result("return 1 << 62") == "integer 4611686018427387904");
  CHECK(result("return 2^53") == "real 9007199254740992");
  CHECK(result("return 0.1 + 0.2") == "real 0.30000000000000004");
  CHECK(result("return 'é'") == "text é");
  CHECK(result("return '\\xff'") == "refused: lua: the result is not UTF-8");
  CHECK(result("return {}") == "json []");
  CHECK(result("return {1, 2.5, 'x', {b = true, a = 'é\"'}}") ==
        R"(json [1,2.5,"x",{"a":"é\"","b":true}])");
  CHECK(result("return {1, nil, 3}") ==
        "refused: lua: the result has a table that is neither an array nor an object");
  CHECK(result("return {a = 0/0}") ==
        "refused: lua: the result has a number that JSON cannot hold");
  CHECK(result("return {a = print}") == "json []");
  CHECK(result("return {a = type}") == "refused: lua: the result has a function inside");
  CHECK(result("return type") == "refused: lua: the result is a function");
  CHECK(result("local t = {} t.t = t return t") ==
        "refused: lua: the result is nested more than 32 deep");
}

TEST_CASE("errors tell the line and never more than a line") {
  CHECK(result("local a = 1\nlocal b = nil\nreturn a + b") ==
        "refused: lua:3: attempt to perform arithmetic on a nil value (local 'b')");
  CHECK(result("error('two\\nlines')") == "refused: lua:1: two lines");
  CHECK(result("error({})") == "refused: lua: an error that is no text");
  CHECK(result("error('\\xff')") == "refused: lua: an error whose text is not UTF-8");
  CHECK(result("error(('x'):rep(10000))").size() < 400);
}

TEST_CASE("a program that does not compile is refused with its line") {
  CHECK(problem_of_program("return 1") == "");
  CHECK(problem_of_program("return row.x\nend") == "lua:2: <eof> expected near 'end'");
  CHECK(problem_of_program("\x1bLua").find("attempt to load a binary chunk") != std::string::npos);
  CHECK_THROWS_AS(lua_program("return (", {}), failure);
}

TEST_CASE("there is nothing but pure functions") {
  for (const auto* gone : {"os",
                           "io",
                           "debug",
                           "package",
                           "require",
                           "dofile",
                           "loadfile",
                           "load",
                           "loadstring",
                           "print",
                           "pcall",
                           "xpcall",
                           "coroutine",
                           "setmetatable",
                           "getmetatable",
                           "rawset",
                           "rawget",
                           "next",
                           "collectgarbage",
                           "_G",
                           "math.random",
                           "math.randomseed",
                           "string.dump",
                           "string.pack",
                           "table.move"})
    CHECK_MESSAGE(result("return " + std::string(gone) + " == nil") == "boolean 1", gone);
}

TEST_CASE("no address becomes a text") {
  CHECK(result("local x = tostring({})") == "refused: lua:1: a table has no text");
  CHECK(result("local x = ('%d %s'):format(1, {})") == "refused: lua:1: a table has no text");
  CHECK(result("local x = string.format('%s', string.len)") ==
        "refused: lua:1: a function has no text");
  for (const auto* form : {"%p", "%-20p", "%%%p", "%d %p"})
    CHECK(result("local x = string.format('" + std::string(form) + "', row.x, row.x)",
                 {value_kind::integer, "7"}) ==
          "refused: lua:1: invalid conversion '%p' to 'format'");
  CHECK(result("return string.format('%%p %05.1f %s', 2, 'p')") == "text %p 002.0 p");
  CHECK(result("string[{}] = 1") == "refused: lua:1: a program keeps nothing: make 'table' local");
}

TEST_CASE("a program keeps nothing from row to row") {
  CHECK(result("n = 1") == "refused: lua:1: a program keeps nothing: make 'n' local");
  CHECK(result("string.x = 1") == "refused: lua:1: a program keeps nothing: make 'x' local");
  CHECK(result("function string.rep() end").starts_with("refused: lua:1: a program keeps nothing"));
  CHECK(result("_ENV.x = 1").starts_with("refused: lua:1: a program keeps nothing"));
  CHECK(result("local s = ('').x; ('').x = 1").starts_with("refused: lua:1: "));
  lua_program program("local before = row.y row.y = 1 row.x = 2 return before", {"x"});
  CHECK(shown(program, {value_view{}}) == "null");
  CHECK(shown(program, {value_view{}}) == "null");
}

TEST_CASE("members are visited in order") {
  CHECK(
      result("local out = {} for k, v in pairs{b = 2, a = 1, [2] = 'y', [1] = 'x', [true] = 0} do "
             "out[#out + 1] = tostring(k) .. tostring(v) end return table.concat(out, ' ')") ==
      "text true0 1x 2y a1 b2");
}

TEST_CASE("functions of texts have the limits of the program") {
  CHECK(result("return ('ab'):rep(3, '-')") == "text ab-ab-ab");
  CHECK(result("return (''):rep(1 << 62)") == "text ");
  CHECK(result("return ('x'):rep(1 << 40)") == "refused: lua:1: resulting string too large");
  CHECK(result("return ('Ada Lovelace'):match('^(%a+) (%a+)$')") == "text Ada");
  CHECK(result("return table.concat({('a=1, b=2'):find('(%a)=(%d)', 2)}, ' ')") == "text 6 8 b 2");
  CHECK(result("return (('hello world'):gsub('o', {o = '0'}))") == "text hell0 w0rld");
  CHECK(result("return (('hello'):gsub('(l)(l)', '%2%1%0%%'))") == "text hellll%o");
  CHECK(result("return (('abc'):gsub('', '-'))") == "text -a-b-c-");
  CHECK(result(
            "return (('abc'):gsub('%w', function(c) if c ~= 'b' then return c:upper() end end))") ==
        "text AbC");
  CHECK(result("return (('abc'):gsub('%w', '%9'))").starts_with("refused: lua:1: invalid capture"));
  CHECK(result("local n = 0 for k, v in ('a=1 b=2'):gmatch('(%w)=(%w)') do n = n + tonumber(v) end "
               "return n") == "integer 3");
  CHECK(result("return ('x'):find('[')") == "refused: lua:1: malformed pattern");
  CHECK(result("return ('a.b'):find('.', 1, true)") == "integer 2");
  CHECK(result("return ('%d %s'):format(1, 'x')") == "text 1 x");
}

TEST_CASE("a program that never ends is ended") {
  const std::string too_many = "refused: lua:1: the program takes too many steps";
  CHECK(result("while true do end") == too_many);
  CHECK(result("local function f() return f() end return f()") == too_many);
  CHECK(result("return ('x'):rep(5000):find('.-.-.-.-y')") ==
        "refused: lua:1: the pattern takes too many steps");
  CHECK(result("local s = ('x'):rep(5000) while true do s:find('y') end").starts_with("refused: "));
  CHECK(result("local t = {} for i = 0, 61 do t[1 << i] = 1 end t[3], t[5] = 1, 1 return "
               "#table.unpack(t)")
            .starts_with("refused: "));
  CHECK(result("local t = {} for i = 0, 61 do t[1 << i] = 1 end t[3], t[5] = 1, 1 table.insert(t, "
               "1, 1)") == "refused: lua:1: the table is too long");
  CHECK(result("local function f() return 1 + f() end return f()").starts_with("refused: "));
}

TEST_CASE("a program that does much in few steps is ended after a second of the processor") {
  const auto* const busy =
      "local s = string.rep('x', 1000000) for i = 1, 1e9 do s = s:reverse() end return s";
  CHECK(result(busy, {}, {.steps = 1'000'000'000'000, .memory = 64u << 20}) ==
        "refused: lua:1: the program takes more than a second of processor time");
}

TEST_CASE("a program gets no more memory than it may have") {
  CHECK(result("return ('x'):rep(60 << 20) .. ('y'):rep(60 << 20)") ==
        "refused: lua: not enough memory");
  CHECK(result("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end", {},
               {.steps = 100'000'000, .memory = 4u << 20}) == "refused: lua: not enough memory");
  lua_program program("return #row.x:rep(100)", {"x"}, {.memory = 1u << 20});
  const std::string large(1u << 17, 'x');
  CHECK(shown(program, {{value_kind::text, large}}).starts_with("refused: "));
  CHECK(shown(program, {{value_kind::text, "x"}}) == "integer 100");
}

TEST_CASE("a program gives the same for the same row and only valid values") {
  lua_program program("return {row.x, row.x .. '!', #row.x, row.x:upper():sub(2)}", {"x"});
  lua_program whole("return row.x:gsub('%s+', ' ')", {"x"});
  const auto holds = rc::check([&](const std::string& text) {
    const std::vector<value_view> row{{value_kind::text, text}};
    const bool is_text = simdjson::validate_utf8(text);
    const auto first = shown(whole, row);
    RC_ASSERT(first == shown(whole, row));
    RC_ASSERT(is_text || first.starts_with("refused: "));
    const auto list = program.run(row);
    simdjson::dom::parser parser;
    if (list) RC_ASSERT(parser.parse(std::string(list->bytes)).error() == simdjson::SUCCESS);
  });
  CHECK(holds);
}
