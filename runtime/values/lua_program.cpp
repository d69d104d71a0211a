#include "runtime/values/lua_program.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <lua.hpp>
#include <utility>

#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "runtime/json/json_text.hpp"
#include "runtime/values/lua_sandbox.hpp"

namespace sluice::values {
namespace {

constexpr auto* chunk_name = "=lua";
constexpr int hook_steps = 200;
/// Functions in C do much in one step. More than any honest program needs for a row.
constexpr std::int64_t most_nanoseconds = 1'000'000'000;
constexpr int deepest_result = 32;

std::int64_t processor_time() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

struct close_state {
  void operator()(lua_State* state) const { lua_close(state); }
};
using state_ptr = std::unique_ptr<lua_State, close_state>;

/// What Lua calls where nothing catches its error: memory that ends between two programs.
int throw_failure(lua_State*) {
  throw failure(errc::exhausted, "run program", "lua", "not enough memory");
}

/// The error on top of the stack, as one line.
std::string take_error(lua_State* lua) {
  std::size_t size = 0;
  const auto* const bytes = lua_tolstring(lua, -1, &size);
  constexpr std::size_t longest = 300;
  std::string out(whole_characters(
      bytes == nullptr ? "an error that is no text" : std::string_view(bytes, size), longest));
  lua_pop(lua, 1);
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  if (!simdjson::validate_utf8(out)) out = "an error whose text is not UTF-8";
  // Of what is raised behind a tail call Lua knows no line.
  return out.starts_with("lua:") ? out : "lua: " + out;
}

/// Raises an error in the line that runs, from a hook.
void end_program(lua_State* lua, const char* why) {
  luaL_where(lua, 0);
  lua_pushstring(lua, why);
  lua_concat(lua, 2);
  lua_error(lua);
}

/// As values of the kind `real` are written.
std::string real_text(double n) {
  if (std::isnan(n)) return "NaN";
  if (std::isinf(n)) return n > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{}", n);
}

int load(lua_State* lua, const std::string& program) {
  return luaL_loadbufferx(lua, program.data(), program.size(), chunk_name, "t");
}

}  // namespace

struct lua_program::machine {
  lua_limits limits;
  std::vector<std::string> columns;
  lua_budget budget;
  std::size_t memory = 0;  ///< bytes in use
  /// For some row it took more than `hook_steps`. Only from then on the clock is read before each
  /// row: the time of a thread takes a system call, and that longer than a small program.
  bool takes_long = false;
  state_ptr state;
  int function = 0;  ///< where the registry keeps them
  int environment = 0;

  // NOLINTNEXTLINE(bugprone-easily-swappable-parameters): a lua_Alloc
  static void* allocate(void* self, void* block, std::size_t before, std::size_t wanted) {
    auto& m = *static_cast<machine*>(self);
    const auto had = block == nullptr ? 0 : before;  // else it is the kind of an object
    if (wanted == 0) {
      std::free(block);
      m.memory -= had;
      return nullptr;
    }
    if (wanted > had && m.memory - had + wanted > m.limits.memory) return nullptr;
    auto* const out = std::realloc(block, wanted);
    if (out != nullptr) m.memory = m.memory - had + wanted;
    return out;
  }

  static machine& of(lua_State* lua) {
    void* self = nullptr;
    lua_getallocf(lua, &self);
    return *static_cast<machine*>(self);
  }

  static void count_steps(lua_State* lua, lua_Debug*) {
    auto& budget = of(lua).budget;
    if (budget.steps < hook_steps) {
      budget.steps = 0;
      end_program(lua, "the program takes too many steps");
    }
    budget.steps -= hook_steps;
    const auto now = processor_time();
    if (!std::exchange(of(lua).takes_long, true)) budget.processor_time = now + most_nanoseconds;
    if (now > budget.processor_time)
      end_program(lua, "the program takes more than a second of processor time");
  }

  /// Runs in protected mode: prepares everything but the row.
  static int prepare(lua_State* lua) {
    auto& m = of(lua);
    open_sandbox(lua, m.budget);
    m.environment = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
  }

  static void push(lua_State* lua, const value_view& value) {
    switch (value.kind) {
      case value_kind::null:
        return lua_pushnil(lua);
      case value_kind::boolean:
        return lua_pushboolean(lua, value.bytes == "1");
      case value_kind::integer: {
        lua_Integer n = 0;
        const auto* const end = value.bytes.data() + value.bytes.size();
        const auto [at, error] = std::from_chars(value.bytes.data(), end, n);
        if (error == std::errc() && at == end) return lua_pushinteger(lua, n);
        break;
      }
      case value_kind::real: {
        double n = 0;
        const auto* const end = value.bytes.data() + value.bytes.size();
        const auto [at, error] = std::from_chars(value.bytes.data(), end, n);
        if (error == std::errc() && at == end) return lua_pushnumber(lua, n);
        break;
      }
      case value_kind::decimal:
      case value_kind::text:
      case value_kind::json:
      case value_kind::binary:
      case value_kind::date:
      case value_kind::time:
      case value_kind::timestamp:
      case value_kind::timestamp_tz:
      case value_kind::uuid:
        break;
    }
    lua_pushlstring(lua, value.bytes.data(), value.bytes.size());
  }

  /// Runs in protected mode: calls the program with the row at the address given.
  static int call(lua_State* lua) {
    auto& m = of(lua);
    const auto& row = *static_cast<const std::span<const value_view>*>(lua_touserdata(lua, 1));
    lua_rawgeti(lua, LUA_REGISTRYINDEX, m.function);
    // A new one for each row, whatever the program did to the last one.
    lua_createtable(lua, 0, static_cast<int>(row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      push(lua, row[i]);
      lua_setfield(lua, -2, m.columns[i].c_str());
    }
    lua_call(lua, 1, 1);
    return 1;
  }
};

namespace {

// -- what leaves --

/// Writes the value on top of the stack as JSON. Runs in protected mode.
struct json_writer {
  lua_State* lua;
  std::string& out;
  int depth = 0;

  void append_value() {
    constexpr std::size_t largest = 64u << 20;
    if (out.size() > largest) luaL_error(lua, "the result is larger than 64 MiB");
    switch (lua_type(lua, -1)) {
      case LUA_TNIL:
        out += "null";
        return;
      case LUA_TBOOLEAN:
        out += lua_toboolean(lua, -1) != 0 ? "true" : "false";
        return;
      case LUA_TNUMBER:
        return append_number();
      case LUA_TSTRING:
        return append_json_string(out, utf8_at(-1));
      case LUA_TTABLE:
        return append_table();
      default:
        luaL_error(lua, "the result has a %s inside", luaL_typename(lua, -1));
    }
  }

  void append_table() {
    if (++depth > deepest_result) luaL_error(lua, "the result is nested more than 32 deep");
    luaL_checkstack(lua, 4, "the result is nested too deep");
    lua_Integer members = 0;
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) ++members;
    const auto length = static_cast<lua_Integer>(lua_rawlen(lua, -1));
    if (length == members)
      append_array(length);
    else
      append_object();
    --depth;
  }

 private:
  [[nodiscard]] std::string_view utf8_at(int index) const {
    std::size_t size = 0;
    const auto* const bytes = lua_tolstring(lua, index, &size);
    if (!simdjson::validate_utf8(bytes, size))
      luaL_error(lua, "the result has a text that is not UTF-8");
    return {bytes, size};
  }

  void append_number() {
    if (lua_isinteger(lua, -1) != 0) {
      out += std::to_string(lua_tointeger(lua, -1));
      return;
    }
    const auto n = lua_tonumber(lua, -1);
    if (!std::isfinite(n)) luaL_error(lua, "the result has a number that JSON cannot hold");
    out += fmt::format("{}", n);
  }

  void append_array(lua_Integer count) {
    out += '[';
    for (lua_Integer i = 1; i <= count; ++i) {
      if (i > 1) out += ',';
      lua_rawgeti(lua, -1, i);
      append_value();
      lua_pop(lua, 1);
    }
    out += ']';
  }

  void append_object() {
    std::vector<std::string> keys;
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
      if (lua_type(lua, -2) != LUA_TSTRING)
        luaL_error(lua, "the result has a table that is neither an array nor an object");
      keys.emplace_back(utf8_at(-2));
    }
    std::ranges::sort(keys);
    const char* before = "{";
    for (const auto& key : keys) {
      out += before;
      append_json_string(out, key);
      out += ':';
      lua_pushlstring(lua, key.data(), key.size());
      lua_rawget(lua, -2);
      append_value();
      lua_pop(lua, 1);
      before = ",";
    }
    out += '}';
  }
};

int write_table(lua_State* lua) {
  auto& out = *static_cast<std::string*>(lua_touserdata(lua, 2));
  lua_settop(lua, 1);
  json_writer{lua, out}.append_table();
  return 0;
}

}  // namespace

std::string problem_of_program(const std::string& program) {
  const state_ptr state(luaL_newstate());
  if (state == nullptr) return "no memory for it";
  return load(state.get(), program) == LUA_OK ? std::string() : take_error(state.get());
}

lua_program::lua_program(const std::string& program, const std::vector<std::string>& columns,
                         lua_limits limits)
    : machine_(std::make_unique<machine>()) {
  auto& m = *machine_;
  m.limits = limits;
  m.columns = columns;
  m.state.reset(lua_newstate(machine::allocate, machine_.get()));
  const auto fail = [&](const std::string& why) {
    throw failure(errc::invalid_config, "compile program", program, why, "correct the program");
  };
  if (m.state == nullptr) fail("not enough memory");
  auto* const lua = m.state.get();
  lua_atpanic(lua, throw_failure);
  lua_pushcfunction(lua, machine::prepare);
  if (lua_pcall(lua, 0, 0, 0) != LUA_OK) fail(take_error(lua));
  // `row` is a parameter of a function around the program, so that it is no global. On the first
  // line, since errors tell the program's lines.
  if (load(lua, "local row = ... " + program) != LUA_OK) fail(take_error(lua));
  lua_rawgeti(lua, LUA_REGISTRYINDEX, m.environment);
  lua_setupvalue(lua, -2, 1);
  m.function = luaL_ref(lua, LUA_REGISTRYINDEX);
}

lua_program::~lua_program() = default;

std::optional<value_view> lua_program::run(std::span<const value_view> row) {
  auto& m = *machine_;
  auto* const lua = m.state.get();
  m.budget = {m.limits.steps, m.takes_long ? processor_time() + most_nanoseconds : 0};
  lua_sethook(lua, machine::count_steps, LUA_MASKCOUNT, hook_steps);  // counts from 0 again
  lua_settop(lua, 0);
  const auto give_up = [&]() -> std::optional<value_view> {
    problem_ = take_error(lua);
    return std::nullopt;
  };
  lua_pushcfunction(lua, machine::call);
  lua_pushlightuserdata(lua, &row);
  if (lua_pcall(lua, 1, 1, 0) != LUA_OK) return give_up();
  switch (lua_type(lua, -1)) {
    case LUA_TNIL:
      return value_view{};
    case LUA_TBOOLEAN:
      return value_view{value_kind::boolean, lua_toboolean(lua, -1) != 0 ? "1" : "0"};
    case LUA_TNUMBER:
      result_.clear();
      if (lua_isinteger(lua, -1)) {
        result_ = std::to_string(lua_tointeger(lua, -1));
        return value_view{value_kind::integer, result_};
      }
      result_ = real_text(lua_tonumber(lua, -1));
      return value_view{value_kind::real, result_};
    case LUA_TSTRING: {
      std::size_t size = 0;
      const auto* const bytes = lua_tolstring(lua, -1, &size);
      if (simdjson::validate_utf8(bytes, size)) return value_view{value_kind::text, {bytes, size}};
      problem_ = "lua: the result is not UTF-8";
      return std::nullopt;
    }
    case LUA_TTABLE:
      result_.clear();
      lua_pushcfunction(lua, write_table);
      lua_insert(lua, 1);
      lua_pushlightuserdata(lua, &result_);
      if (lua_pcall(lua, 2, 0, 0) != LUA_OK) return give_up();
      return value_view{value_kind::json, result_};
    default:
      problem_ = std::string("lua: the result is a ") + luaL_typename(lua, -1);
      return std::nullopt;
  }
}

}  // namespace sluice::values
