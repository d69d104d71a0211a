#include "runtime/source/cursor_sql.hpp"
#include "tests/support/broken_contract.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::source;
using odbc::product;

namespace {

/// A table t (id, at) in the words of PostgreSQL, with its cursor `at`.
model_description table_with_cursor(std::vector<std::string> key) {
  model_description model;
  model.relation = table_relation("\"t\"");
  for (const auto* name : {"id", "shop", "at"}) {
    column_plan plan{.name = name, .kind = value_kind::integer};
    plan.column = plan.expression = std::string("sluice_model.\"") + name + "\"";
    model.columns.push_back(plan);
  }
  model.columns[2].kind = value_kind::timestamp;
  model.cursor = 2;
  for (const auto& name : key) model.key.push_back(name == "id" ? 0u : 1u);
  return model;
}

std::string packed(std::initializer_list<const char*> values) {
  std::string out;
  for (const auto* value : values) append_value(out, value_kind::integer, value);
  return out;
}

}  // namespace

TEST_CASE("without a starting point every row is wanted") {
  CHECK(wanted_rows(product::postgresql, table_with_cursor({"id"}), {}).empty());
}

TEST_CASE("the rows past the cursor come first and then those wanted by key") {
  const auto model = table_with_cursor({"id"});
  CHECK(wanted_rows(product::postgresql, model,
                    {"2024-01-01 00:00:00", {packed({"7"}), packed({"-9"})}}) ==
        std::vector<std::string>{
            "sluice_model.\"at\" >= '2024-01-01 00:00:00' OR sluice_model.\"at\" IS NULL",
            "(sluice_model.\"id\" IN ('7', '-9')) AND NOT (sluice_model.\"at\" >= '2024-01-01 "
            "00:00:00')"});
}

TEST_CASE("keys of several columns are told apart in the form that each database looks up") {
  const auto model = table_with_cursor({"shop", "id"});
  const starting_point from{"'x'", {packed({"1", "2"}), packed({"3", "4"})}};
  CHECK(wanted_rows(product::sqlite, model, from).at(1) ==
        "((sluice_model.\"shop\", sluice_model.\"id\") IN (SELECT * FROM (VALUES (1, 2), (3, "
        "4)))) AND NOT (sluice_model.\"at\" >= 'x')");
  CHECK(wanted_rows(product::mariadb, model, from)
            .at(1)
            .starts_with("((sluice_model.\"shop\" = 1 AND sluice_model.\"id\" = 2) OR "
                         "(sluice_model.\"shop\" = 3"));
}

TEST_CASE("many keys are asked for some at a time") {
  const auto model = table_with_cursor({"id"});
  starting_point from{"2024-01-01 00:00:00", {}};
  for (int i = 0; i < 1001; ++i) from.keys.push_back(packed({std::to_string(i).c_str()}));
  CHECK(wanted_rows(product::postgresql, model, from).size() == 1 + 3);
  from.keys = {std::string("\x05\xC0\x84\x3D", 4) + std::string(1'000'000, 'x'), packed({"1"})};
  CHECK(wanted_rows(product::postgresql, model, from).size() == 1 + 2);
}

TEST_CASE("a key that is of another length names no row") {
  const auto model = table_with_cursor({"id"});
  CHECK(wanted_rows(product::postgresql, model, {"2024-01-01", {packed({"1", "2"})}}).size() == 1);
}

TEST_CASE("an overlap moves the beginning and not the value that is looked for as the highest") {
  auto model = table_with_cursor({"id"});
  model.overlap = std::chrono::minutes(5);
  const starting_point from{"2024-01-01 00:00:00", {}};
  CHECK(wanted_rows(product::mariadb, model, from).at(0).find(">= _utf8mb4 X'") !=
        std::string::npos);
  CHECK(wanted_rows(product::postgresql, model, from).at(0).find(">= '2023-12-31 23:55:00'") !=
        std::string::npos);
  CHECK(
      highest_value(product::postgresql, model, from).text() ==
      "SELECT (sluice_model.\"at\")::text FROM \"t\" AS sluice_model WHERE (sluice_model.\"at\" >= "
      "'2024-01-01 00:00:00') ORDER BY sluice_model.\"at\" DESC LIMIT 1");
  CHECK(highest_value(product::postgresql, model, {}).conditions ==
        std::vector<std::string>{"sluice_model.\"at\" IS NOT NULL"});
}

TEST_CASE("an overlap that cannot be taken from a value is an error that names both") {
  auto model = table_with_cursor({"id"});
  model.overlap = std::chrono::minutes(5);
  CHECK_THROWS_WITH_AS(wanted_rows(product::sqlite, model, {"1700000000", {}}),
                       doctest::Contains("1700000000"), odbc::odbc_error);
}

TEST_CASE("a value without a certain literal makes a pass read every row") {
  auto model = table_with_cursor({"id"});
  const auto text_key = [](const char* text) {
    std::string out;
    append_value(out, value_kind::text, text);
    return out;
  };
  const starting_point plain{"2024-01-01 00:00:00", {text_key("a"), text_key("b")}};
  CHECK(wanted_rows(product::generic, model, plain) ==
        std::vector<std::string>{
            "sluice_model.\"at\" >= TIMESTAMP '2024-01-01 00:00:00' OR sluice_model.\"at\" IS NULL",
            "(sluice_model.\"id\" IN ('a', 'b')) AND NOT (sluice_model.\"at\" >= TIMESTAMP "
            "'2024-01-01 00:00:00')"});
  CHECK(wanted_rows(product::generic, model, {"2024-01-01 00:00:00", {text_key("a'")}}).empty());
  model.columns[2].kind = value_kind::text;
  CHECK(wanted_rows(product::generic, model, {"x\\", {}}).empty());
  CHECK(highest_value(product::generic, model, {"x\\", {}}).conditions ==
        std::vector<std::string>{"sluice_model.\"at\" IS NOT NULL"});
}

TEST_CASE("where no LIMIT is known the highest value is asked for and not sorted for") {
  const auto model = table_with_cursor({"id"});
  CHECK(highest_value(product::generic, model, {"2024-01-01 00:00:00", {}}).text() ==
        "SELECT MAX(sluice_model.\"at\") FROM \"t\" AS sluice_model WHERE (sluice_model.\"at\" >= "
        "TIMESTAMP '2024-01-01 00:00:00')");
}

TEST_CASE("a model without a cursor has no rows past one, and no highest value") {
  model_description model;
  CHECK(wanted_rows(odbc::product::sqlite, model, {}).empty());
  CHECK(test::broken_contract([&] {
          wanted_rows(odbc::product::sqlite, model, {.cursor = "7"});
        }) == "read model: expected a model with a cursor");
  CHECK(test::broken_contract([&] { highest_value(odbc::product::sqlite, model, {}); }) ==
        "read model: expected a model with a cursor");
}
