#include "runtime/source/packed_row.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace sluice;
using namespace sluice::source;

namespace {

using cell = std::pair<value_kind, std::string>;

template <class Unpack>
std::vector<cell> unpacked(Unpack unpack, std::string_view text, std::size_t columns) {
  std::vector<raw_cell> cells(columns);
  std::string arena;
  unpack(text, std::span(cells), arena);
  std::vector<cell> out;
  for (const auto& c : cells) out.emplace_back(c.kind, c.bytes);
  return out;
}
std::vector<cell> record(std::string_view text, std::size_t columns) {
  return unpacked(unpack_record, text, columns);
}
/// With the last column one whose plain strings are reals.
std::vector<cell> json(std::string_view text, std::size_t columns) {
  const auto reals = std::make_unique<bool[]>(columns);
  reals[columns - 1] = true;
  return unpacked(
      [&](std::string_view row, std::span<raw_cell> cells, std::string& arena) {
        unpack_json_array(row, cells, std::span(reals.get(), columns), arena);
      },
      text, columns);
}

const cell null{value_kind::null, ""};
cell text(std::string value) { return {value_kind::text, std::move(value)}; }

}  // namespace

TEST_CASE("a PostgreSQL row is unpacked into its values") {
  CHECK(record("(7,abc,t)", 3) == std::vector{text("7"), text("abc"), text("t")});
  CHECK(record("(,\"\",x)", 3) == std::vector{null, text(""), text("x")});
  CHECK(record("()", 1) == std::vector{null});
  CHECK(record("(,)", 2) == std::vector{null, null});
  CHECK(record("(\"a,b\",\"(c)\",\" \")", 3) == std::vector{text("a,b"), text("(c)"), text(" ")});
  CHECK(record("(\"say \"\"hi\"\"\",\"c:\\\\x\\\\\",\"\"\"\")", 3) ==
        std::vector{text("say \"hi\""), text("c:\\x\\"), text("\"")});
  CHECK(record("(\"line\nbreak\",größe)", 2) == std::vector{text("line\nbreak"), text("größe")});
}

TEST_CASE("a SQLite row is unpacked into values with their own types") {
  CHECK(json("[7,\"abc\",null]", 3) ==
        std::vector{cell{value_kind::integer, "7"}, text("abc"), null});
  CHECK(json("[[\"00FF41\",1],\"\",\"0.10000000000000001\"]", 3) ==
        std::vector{cell{value_kind::binary, std::string("\0\xff"
                                                         "A",
                                                         3)},
                    text(""), cell{value_kind::real, "0.10000000000000001"}});
  CHECK(json("[\"q\\\"b\\\\n\\nu\\u0000\\u001f\\t\\/é🙂\",-5]", 2) ==
        std::vector{text(std::string("q\"b\\n\nu\0\x1f\t/é🙂", 17)),
                    cell{value_kind::integer, "-5"}});
  CHECK(json("[2.0,[\"0.1\",2],-1.5]", 3) == std::vector{cell{value_kind::real, "2.0"},
                                                         cell{value_kind::real, "0.1"},
                                                         cell{value_kind::real, "-1.5"}});
  CHECK(json("[[\"\",1]]", 1) == std::vector{cell{value_kind::binary, ""}});
  CHECK(json("[[\"a\\\"b\"]]", 1) == std::vector{text("a\"b")});
}

TEST_CASE("rows that are cut or of another shape are refused and never read past their end") {
  const std::string whole = "(7,\"a \"\"b\"\"\",,\"\\\\\")";
  CHECK_NOTHROW(record(whole, 4));
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_THROWS_AS(record(whole.substr(0, size), 4), odbc::odbc_error);
  CHECK_THROWS_AS(record(whole, 3), odbc::odbc_error);
  CHECK_THROWS_AS(record(whole, 5), odbc::odbc_error);

  const std::string array = "[7,\"a\\u0001\",null,[\"x\"],[\"00\",1]]";
  CHECK_NOTHROW(json(array, 5));
  for (std::size_t size = 0; size < array.size(); ++size)
    CHECK_THROWS_AS(json(array.substr(0, size), 5), odbc::odbc_error);
  CHECK_THROWS_AS(json(array, 4), odbc::odbc_error);
  CHECK_THROWS_AS(json(array, 6), odbc::odbc_error);
}
