#include "runtime/destinations/table/table_layout.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

target_column column_called(const char* name, column_family family) {
  target_column c;
  c.name = name;
  c.type = "sometype";
  c.family = family;
  return c;
}

target_table people() {
  target_table t;
  t.name = "people";
  t.sql_name = "\"people\"";
  t.columns = {column_called("id", column_family::number),
               column_called("name", column_family::text),
               column_called("born", column_family::date)};
  t.keys = {{"people_pkey", {"id"}}};
  return t;
}

delivery_context run_of(const row_schema& schema, sync_mode mode = sync_mode::mirror) {
  return {"c", "r", mode, schema};
}

std::string problem(const delivery_context& run, const target_table& table,
                    product kind = product::postgresql) {
  return failure_text([&] { lay_out(run, table, kind); });
}
std::string problem(const row_schema& schema, const target_table& table,
                    product kind = product::postgresql) {
  return problem(run_of(schema), table, kind);
}

row_schema schema(const std::vector<named_kind>& columns, std::size_t keys = 1) {
  return context_of(columns, keys).schema;
}

const row_schema fitting = schema({{"id", value_kind::integer}, {"name", value_kind::text}});

}  // namespace

TEST_CASE("fields are matched with columns and the key is found among them") {
  const auto layout = lay_out(
      run_of(schema({{"name", value_kind::text}, {"id", value_kind::integer}}, 2)),
      [] {
        auto t = people();
        t.keys = {{"k", {"id", "name"}}, {"other", {"born"}}};
        return t;
      }(),
      product::postgresql);
  REQUIRE(layout.columns.size() == 2);
  CHECK(layout.columns[0].name == "name");
  CHECK(layout.keys == std::vector<std::size_t>{0, 1});
  REQUIRE(layout.other_keys.size() == 1);
  CHECK(layout.other_keys[0].name == "other");
  CHECK(layout.warnings.empty());
}

TEST_CASE("a missing column is named with its nearest neighbour") {
  const auto text =
      problem(schema({{"id", value_kind::integer}, {"nmae", value_kind::text}}), people());
  CHECK(contains(text, "destination_failed"));
  CHECK(contains(text, "'people'"));
  CHECK(contains(text, "there is no column 'nmae' (the nearest is 'name')"));
}

TEST_CASE("column names are exact in PostgreSQL and of any case where the database says so") {
  const auto upper = schema({{"ID", value_kind::integer}, {"Name", value_kind::text}});
  CHECK(contains(problem(upper, people()), "there is no column 'ID'"));
  auto table = people();
  table.ignores_case = true;
  CHECK(problem(upper, table, product::mariadb).empty());
}

TEST_CASE("everything that does not fit is reported at once") {
  const auto text = problem(
      schema(
          {{"id", value_kind::binary}, {"nmae", value_kind::text}, {"born", value_kind::boolean}}),
      people());
  CHECK(contains(text, "'id' is of type sometype, which cannot hold binary"));
  CHECK(contains(text, "'nmae'"));
  CHECK(contains(text, "'born' is of type sometype, which cannot hold boolean"));
}

TEST_CASE("a table without a unique index over the key is refused") {
  auto table = people();
  table.keys.clear();
  CHECK(contains(problem(fitting, table), "no primary key or unique index over exactly (id)"));
  table.keys = {{"wide", {"id", "name"}}};
  CHECK(contains(problem(fitting, table), "over exactly (id)"));
  table.keys_known = false;
  CHECK(problem(fitting, table, product::generic).empty());
  CHECK(contains(lay_out(run_of(fitting), table, product::generic).warnings.at(0), "make sure"));
}

TEST_CASE("a column that must have a value and gets none is refused") {
  auto table = people();
  table.columns[2].nullable = false;
  CHECK(contains(problem(fitting, table), "'born' must have a value but is not in the mapping"));
  table.columns[2].has_default = true;
  CHECK(problem(fitting, table).empty());
}

TEST_CASE("a generated column is refused") {
  auto table = people();
  table.columns[1].generated = true;
  CHECK(contains(problem(fitting, table), "'name' is generated"));
}

TEST_CASE("two fields for one column are refused") {
  auto table = people();
  table.ignores_case = true;
  const auto twice = schema({{"id", value_kind::integer}, {"Id", value_kind::integer}});
  CHECK(contains(problem(twice, table, product::sqlite), "two fields go to the column 'id'"));
}

TEST_CASE("a key column that no field carries as it is is refused") {
  auto cast = fitting;
  cast.fields[0].column.clear();
  CHECK(contains(problem(cast, people()), "no field carries this key column as it is"));
}

TEST_CASE("the key may go under another name") {
  auto renamed = fitting;
  renamed.fields[0].path = {"customer"};
  auto table = people();
  table.columns[0].name = "customer";
  table.keys = {{"k", {"customer"}}};
  CHECK(lay_out(run_of(renamed), table, product::postgresql).keys == std::vector<std::size_t>{0});
}

TEST_CASE("a nested field goes to the column with its dotted name") {
  auto nested = fitting;
  nested.fields[1].path = {"name", "first"};
  CHECK(contains(problem(nested, people()), "'name.first'"));
}

TEST_CASE("a key that folds texts is refused but in MariaDB") {
  auto table = people();
  table.columns[0].folds_text = true;
  CHECK(contains(problem(fitting, table), "'id' takes texts for equal that differ"));
  CHECK(contains(problem(fitting, table, product::sqlite), "'id' takes texts"));
  CHECK(problem(fitting, table, product::mariadb).empty());
}

TEST_CASE("lost fractions of a second are warned of") {
  auto table = people();
  table.columns[2] = column_called("born", column_family::timestamp);
  table.columns[2].second_digits = 0;
  const auto layout =
      lay_out(run_of(schema({{"id", value_kind::integer}, {"born", value_kind::timestamp_tz}})),
              table, product::mariadb);
  REQUIRE(layout.warnings.size() == 1);
  CHECK(contains(layout.warnings[0], "'born' of 'people' keeps 0 digits of a second"));
}

TEST_CASE("mode append asks for no key, neither in the table nor among the fields") {
  auto table = people();
  table.keys.clear();
  table.columns[0].folds_text = true;
  const auto layout = lay_out(run_of(fitting, sync_mode::append), table, product::postgresql);
  CHECK(layout.keys.empty());
  CHECK(layout.mode == sync_mode::append);
  auto without_key = fitting;
  without_key.fields.erase(without_key.fields.begin());
  CHECK(problem(run_of(without_key, sync_mode::append), table).empty());
  CHECK(contains(problem(run_of(without_key, sync_mode::insert), table), "no field carries"));
}

TEST_CASE("mode update asks for no other columns, and for something to update") {
  auto table = people();
  table.columns[2].nullable = false;
  CHECK(contains(problem(run_of(fitting, sync_mode::insert), table), "'born' must have a value"));
  CHECK(problem(run_of(fitting, sync_mode::update), table).empty());
  CHECK(contains(problem(run_of(schema({{"id", value_kind::integer}}), sync_mode::update), table),
                 "no field outside of the key to update"));
  table.keys.clear();
  CHECK(contains(problem(run_of(fitting, sync_mode::update), table), "no primary key"));
}

TEST_CASE("what a delete sets is converted for its column, or refused") {
  auto table = people();
  auto run = run_of(fitting);
  run.on_delete.fields = {1};
  append_value(run.on_delete.packed, value_kind::boolean, "1");
  const auto layout = lay_out(run, table, product::postgresql);
  REQUIRE(layout.on_delete.size() == 1);
  CHECK(layout.on_delete[0].column == 1);
  CHECK(layout.on_delete[0].bytes == "true");  // of a boolean in a text column
  run.schema = schema({{"id", value_kind::integer}, {"born", value_kind::date}});
  CHECK(contains(problem(run, people()), "cannot hold the boolean of on_delete"));
}
