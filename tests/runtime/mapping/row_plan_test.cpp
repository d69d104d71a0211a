#include "runtime/mapping/row_plan.hpp"

#include <doctest/doctest.h>

#include "runtime/mapping/compile.hpp"
#include "tests/support/broken_contract.hpp"

using namespace sluice;
using namespace sluice::mapping;
using config::column_value;
using config::constant_value;

namespace {

const std::vector<source::model_column> people{
    {"id", value_kind::integer}, {"unused", value_kind::text}, {"first", value_kind::text},
    {"last", value_kind::text},  {"age", value_kind::text},    {"photo", value_kind::binary}};

row_plan sample_plan() {
  return compile("customers",
                 {{{"name", "full"}, config::parse_template("{last}, {first}!").value},
                  {{"id"}, column_value{"id"}},
                  {{"age"}, column_value{"age", cast::number}},
                  {{"origin"}, constant_value{"\"shop\""}},
                  {{"label"}, config::parse_template("#{id}:{photo}").value}},
                 {"last", "id"}, people);
}

using cells = std::vector<value_view>;

const cells ada{{value_kind::integer, "7"},
                {value_kind::text, "Ada"},
                {value_kind::text, "Lovelace"},
                {value_kind::text, " 036 "},
                {value_kind::binary, "foo"}};

}  // namespace

TEST_CASE("a row is packed field by field in the order of the mapping") {
  auto plan = sample_plan();
  CHECK(plan.wanted() == std::vector<std::size_t>{0, 2, 3, 4, 5});
  std::string packed;
  REQUIRE(plan.pack(ada, packed));
  CHECK(unpack(packed) == cells{{value_kind::text, "Lovelace, Ada!"},
                                {value_kind::integer, "7"},
                                {value_kind::integer, "36"},
                                {value_kind::text, "shop"},
                                {value_kind::text, "#7:Zm9v"}});
}

TEST_CASE("a key is packed in the order in which it is configured") {
  auto plan = sample_plan();
  std::string packed;
  REQUIRE(plan.pack_key(ada, packed));
  CHECK(unpack(packed) == cells{{value_kind::text, "Lovelace"}, {value_kind::integer, "7"}});
}

TEST_CASE("packing appends to what is there") {
  auto plan = sample_plan();
  std::string once, twice;
  REQUIRE(plan.pack(ada, once));
  REQUIRE(plan.pack(ada, twice));
  REQUIRE(plan.pack(ada, twice));
  CHECK(twice == once + once);
}

TEST_CASE("NULL renders as nothing in a template and stays NULL elsewhere") {
  auto plan = sample_plan();
  std::string packed;
  REQUIRE(plan.pack(cells(5), packed));
  CHECK(unpack(packed) == cells{{value_kind::text, ", !"},
                                {value_kind::null, ""},
                                {value_kind::null, ""},
                                {value_kind::text, "shop"},
                                {value_kind::text, "#:"}});
}

TEST_CASE("a value that cannot be cast makes the row invalid and the reason names the column") {
  auto plan = sample_plan();
  auto row = ada;
  row[3] = {value_kind::text, "secret words"};
  std::string packed = "before";
  CHECK_FALSE(plan.pack(row, packed));
  CHECK(packed == "before");
  CHECK(plan.invalid_reason() ==
        "column 'age' holds a text value that cannot be cast to number for field 'age'");
  CHECK(plan.pack(ada, packed));
}

TEST_CASE("NULL in a key makes the row invalid and the packed key shows where") {
  auto plan = sample_plan();
  auto row = ada;
  row[2] = {};
  std::string packed;
  CHECK_FALSE(plan.pack_key(row, packed));
  CHECK(plan.invalid_reason() == "key column 'last' is NULL");
  CHECK(unpack(packed) == cells{{value_kind::null, ""}, {value_kind::integer, "7"}});
}

TEST_CASE("a plan that does not fit its schema is refused before a row is packed") {
  row_schema one_field;
  one_field.fields.resize(1);
  const auto what = "plan rows: expected a step for each field, and a position for each key";
  CHECK(test::broken_contract([&] { row_plan({0}, one_field, {}, {}); }) == what);
  CHECK(test::broken_contract([&] { row_plan({0}, one_field, {copy_step{0}}, {0}); }) == what);
  CHECK(test::broken_contract([&] { row_plan({0}, one_field, {copy_step{0}}, {}); }).empty());
}
