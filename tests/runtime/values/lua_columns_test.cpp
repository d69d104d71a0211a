#include "runtime/values/lua_columns.hpp"

#include <doctest/doctest.h>

using sluice::values::columns_of_program;
using names = std::vector<std::string>;

TEST_CASE("the columns that a program names are found once each") {
  const auto found = columns_of_program(
      R"(local a = row.first .. row["last name"] .. row['x'] .. row [ [[y z]] ] .. row.first return a)");
  CHECK(found.names == names{"first", "last name", "x", "y z"});
  CHECK_FALSE(found.every);
}

TEST_CASE("what is no column is not taken for one") {
  const auto found = columns_of_program(
      "-- row.comment\n--[==[ row.long\nrow.er ]==] local x = {} return 'row.text' .. x.row "
      ".. \"\\\"row.quoted\" .. 1 .. arrow.x .. [[row.bracket]] .. f:row()");
  CHECK(found.names.empty());
  CHECK_FALSE(found.every);
}

TEST_CASE("a program that uses the row in another way takes every column") {
  for (const auto* program :
       {"return row[name]", "for k in pairs(row) do end", "local r = row return r.x",
        "return row['a' .. 'b']", "return row['a\\'b']", "return f(row)"})
    CHECK_MESSAGE(columns_of_program(program).every, program);
}
