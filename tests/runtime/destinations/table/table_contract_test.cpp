// What the parts of a table's writers expect of each other.
#include <doctest/doctest.h>

#include "runtime/destinations/table/batch_transaction.hpp"
#include "runtime/destinations/table/keyed_select.hpp"
#include "runtime/destinations/table/keyed_update.hpp"
#include "runtime/destinations/table/table_connection.hpp"
#include "tests/support/broken_contract.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::destinations;
using test::broken_contract;

namespace {

/// A table of so many columns, of which the first is the key unless there is none.
table_layout layout_of(std::size_t columns, bool with_key = true) {
  table_layout layout;
  layout.table = "people";
  for (std::size_t i = 0; i < columns; ++i) {
    target_column c;
    c.name = "c" + std::to_string(i);
    layout.columns.push_back(c);
  }
  if (with_key) layout.keys = {0};
  return layout;
}

}  // namespace

TEST_CASE("one row is not halved") {
  const batch_part two{0, 1, 0, 1};
  CHECK(two.halves().first.size() == 1);
  CHECK(two.halves().second.size() == 1);
  const batch_part one{0, 0, 3, 4};
  CHECK(broken_contract([&] { static_cast<void>(one.halves()); }) ==
        "divide batch: expected more than one row");
}

TEST_CASE("rows are written to what is connected, in a way that was decided") {
  table_connection target({}, {});
  CHECK(broken_contract([&] { target.write_to(layout_of(2)); }) ==
        "write to table: expected a connection");
  CHECK(broken_contract([&] { target.reconnect_if_lost(); }) ==
        "write to table: expected a layout to write by");
}

TEST_CASE("a row is looked for and updated by its key") {
  const test::database_fixture database(odbc::product::sqlite);
  auto connection = database.connect();
  const auto keyless = layout_of(2, false);
  CHECK(broken_contract([&] { keyed_select(connection, keyless); }) ==
        "look for row: expected a table with a key");

  const auto only_key = layout_of(1);
  const statement_parts parts(connection, only_key);
  keyed_update update(connection, only_key, parts);
  const value_view id{value_kind::integer, "1"};
  CHECK(broken_contract([&] {
          update.run({&id, 1, row_count{1}}, 0);
        }) == "update row: expected a key, and columns outside of it");

  const auto two = layout_of(2);
  database.run({"CREATE TABLE people (c0 INTEGER PRIMARY KEY, c1 TEXT)"});
  keyed_select select(connection, two);
  CHECK(broken_contract([&] { select.run({}); }) ==
        "look for row: expected a value for each column of the key");
  CHECK(select.run({id}).what == keyed_select::found::nothing);
}
