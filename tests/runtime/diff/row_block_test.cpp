#include "runtime/diff/row_block.hpp"

#include <doctest/doctest.h>

#include "runtime/mapping/compile.hpp"
#include "tests/support/broken_contract.hpp"

using namespace sluice;
using namespace sluice::diff;

namespace {

using row_values = std::vector<value_view>;

mapping::row_plan sample_plan() {
  return mapping::compile(
      "c",
      {{{"id"}, config::column_value{"id"}},
       {{"age"}, config::column_value{"age", config::column_value::cast::number}}},
      {"id"}, {{"id", value_kind::integer}, {"age", value_kind::text}});
}

row_values values_of(std::string_view id, std::string_view age) {
  return {{value_kind::integer, id}, {value_kind::text, age}};
}

constexpr std::size_t id_cell = 0;
constexpr std::size_t age_cell = 1;

}  // namespace

TEST_CASE("a block holds packed rows with the hashes of key and row") {
  auto plan = sample_plan();
  row_block block;
  block.add(plan, values_of("1", "30"));
  block.add(plan, values_of("2", "40"));
  REQUIRE(block.size() == 2);
  const auto row = block[1];
  CHECK(unpack(row.key) == row_values{{value_kind::integer, "2"}});
  CHECK(unpack(row.row) == row_values{{value_kind::integer, "2"}, {value_kind::integer, "40"}});
  CHECK(row.state == key_use::usable);
  CHECK(row.invalid_reason.empty());
  CHECK(row.key_hash == fingerprint(row.key));
  CHECK(row.fingerprint == fingerprint(row.row));
  CHECK(block.key_hashes()[1] == row.key_hash);
}

TEST_CASE("a row that cannot be cast is invalid but keeps its key") {
  auto plan = sample_plan();
  row_block block;
  block.add(plan, values_of("1", "young"));
  CHECK(block[0].state == key_use::usable);
  CHECK(block[0].row.empty());
  CHECK(block[0].invalid_reason.find("'age'") != std::string_view::npos);
  CHECK(block[0].key_hash == fingerprint(block[0].key));
}

TEST_CASE("a row with NULL in its key shows its key and has none that names it") {
  auto plan = sample_plan();
  row_block block;
  block.add(plan, {{{}, {value_kind::text, "young"}}});
  CHECK(block[0].state == key_use::null);
  CHECK(block[0].invalid_reason == "key column 'id' is NULL");
  CHECK(unpack(block[0].key) == row_values{{}});
}

TEST_CASE("a cell that cannot be read spoils the key only if it is part of it") {
  auto plan = sample_plan();
  row_block block;
  block.add_unreadable(plan, values_of("1", "?"), {{age_cell}}, "column 'age' is not UTF-8");
  block.add_unreadable(plan, values_of("?", "?"), {{age_cell, id_cell}}, "columns are not UTF-8");
  block.add_unreadable("");
  block.add_unreadable(plan, row_values(2), {{age_cell}}, "column 'age' is not UTF-8");
  CHECK(block[0].state == key_use::usable);
  CHECK(unpack(block[0].key) == row_values{{value_kind::integer, "1"}});
  CHECK(block[0].invalid_reason == "column 'age' is not UTF-8");
  CHECK(block[1].state == key_use::unreadable);
  CHECK(block[1].key.empty());
  CHECK(block[1].invalid_reason == "columns are not UTF-8");
  CHECK(block[2].state == key_use::unreadable);
  CHECK_FALSE(block[2].invalid_reason.empty());
  CHECK(block[3].state == key_use::null);
}

TEST_CASE("a row beyond the limit is invalid and does not grow the block") {
  auto plan = sample_plan();
  row_block block({.rows = 512, .bytes = 1000, .row_bytes = 40});
  block.add(plan, values_of("1", std::string(100, '1')));
  CHECK(block[0].invalid_reason == "the row is larger than 40 bytes");
  CHECK(block[0].state == key_use::usable);
  block.add(plan, values_of("2", "1"));
  CHECK(block[1].invalid_reason.empty());
}

TEST_CASE("a block is full by rows or by bytes") {
  auto plan = sample_plan();
  row_block by_rows({.rows = 2, .bytes = 1000, .row_bytes = 1000});
  by_rows.add(plan, values_of("1", "1"));
  CHECK_FALSE(by_rows.full());
  by_rows.add(plan, values_of("2", "2"));
  CHECK(by_rows.full());
  row_block by_bytes({.rows = 100, .bytes = 50, .row_bytes = 1000});
  by_bytes.add(plan, values_of("1", std::string(60, '1')));
  CHECK(by_bytes.full());
  by_bytes.clear();
  CHECK(by_bytes.empty());
  CHECK_FALSE(by_bytes.full());
}

TEST_CASE("rows of one block are told apart by one rule") {
  auto plan = sample_plan();
  row_block block;
  block.identify_by({});
  block.add(plan, values_of("1", "30"));
  CHECK(test::broken_contract([&] { block.identify_by({}); }) ==
        "tell rows apart: expected a block without rows");
  block.clear();
  CHECK(test::broken_contract([&] { block.identify_by({}); }).empty());
}
