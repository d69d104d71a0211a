#include "runtime/mapping/compile.hpp"

#include <doctest/doctest.h>

#include "messages/ascii.hpp"
#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::mapping;
using config::column_value;
using config::constant_value;
using config::mapped_field;

namespace {

using columns = std::vector<source::model_column>;

const columns model{{"id", value_kind::integer}, {"e.mail", value_kind::text}};

error error_of(const std::vector<mapped_field>& mapping, const std::vector<std::string>& key,
               const columns& cols = model) {
  try {
    compile("customers", mapping, key, cols);
  } catch (const failure& e) {
    return e.info();
  }
  return {};
}

}  // namespace

TEST_CASE("without a mapping every column goes under its own name and a dot does not nest") {
  const auto plan = compile("customers", {}, {"id"}, model);
  CHECK(plan.wanted() == std::vector<std::size_t>{0, 1});
  CHECK(plan.schema().fields == std::vector<field>{{{"id"}, value_kind::integer, "id"},
                                                   {{"e.mail"}, value_kind::text, "e.mail"}});
  CHECK(plan.schema().keys == std::vector<field>{{{"id"}, value_kind::integer, "id"}});
}

TEST_CASE("a key need not be mapped but is read") {
  const auto plan = compile("customers", {{{"mail"}, column_value{"e.mail"}}}, {"id"}, model);
  CHECK(plan.wanted() == std::vector<std::size_t>{0, 1});
  CHECK(plan.keys() == std::vector<std::size_t>{0});
  CHECK(plan.schema().fields.size() == 1);
}

TEST_CASE("columns that nothing needs are not read") {
  const auto plan = compile("customers", {{{"origin"}, constant_value{"1"}}}, {"e.mail"}, model);
  CHECK(plan.wanted() == std::vector<std::size_t>{1});
  CHECK(plan.keys() == std::vector<std::size_t>{0});
}

TEST_CASE("fields announce their kind and the column that they copy as it is") {
  const auto plan = compile("customers",
                            {{{"a"}, column_value{"id"}},
                             {{"b"}, column_value{"id", cast::string}},
                             {{"c"}, constant_value{"1.5"}},
                             {{"d"}, config::parse_template("{id}").value}},
                            {"id"}, model);
  CHECK(plan.schema().fields == std::vector<field>{{{"a"}, value_kind::integer, "id"},
                                                   {{"b"}, value_kind::text, ""},
                                                   {{"c"}, value_kind::decimal, ""},
                                                   {{"d"}, value_kind::text, ""}});
}

TEST_CASE("a field that is left out where it is null says so") {
  const auto plan = compile("customers",
                            {{{"a"}, column_value{"id", cast::none, true}},
                             {{"b"}, column_value{"id", cast::string, true}},
                             {{"c"}, column_value{"id"}}},
                            {"id"}, model);
  CHECK(plan.schema().fields == std::vector<field>{{{"a"}, value_kind::integer, "id", true},
                                                   {{"b"}, value_kind::text, "", true},
                                                   {{"c"}, value_kind::integer, "id", false}});
  CHECK_FALSE(plan.schema().keys.at(0).omit_null);
}

TEST_CASE("constants of every JSON type keep their exact value") {
  auto plan = compile("customers",
                      {{{"a"}, constant_value{"null"}},
                       {{"b"}, constant_value{"true"}},
                       {{"c"}, constant_value{"123456789012345678901234567890"}},
                       {{"d"}, constant_value{"-1.50e3"}},
                       {{"e"}, constant_value{R"("q\u00e9\"")"}},
                       {{"f"}, constant_value{R"({"x":[1]})"}}},
                      {"id"}, model);
  std::string packed;
  const std::vector<value_view> row{{value_kind::integer, "1"}};
  REQUIRE(plan.pack(row, packed));
  CHECK(unpack(packed) ==
        std::vector<value_view>{{value_kind::null, ""},
                                {value_kind::boolean, "1"},
                                {value_kind::integer, "123456789012345678901234567890"},
                                {value_kind::decimal, "-1.50e3"},
                                {value_kind::text, "qé\""},
                                {value_kind::json, R"({"x":[1]})"}});
}

TEST_CASE("doubled braces in a template are braces") {
  auto plan = compile("customers", {{{"t"}, config::parse_template("{{{id}}} {{id}}").value}},
                      {"id"}, model);
  std::string packed;
  const std::vector<value_view> row{{value_kind::integer, "1"}};
  REQUIRE(plan.pack(row, packed));
  CHECK(unpack(packed).front().bytes == "{1} {id}");
}

TEST_CASE("every column that the model lacks is listed with the nearest one") {
  const auto e = error_of({{{"mail"}, column_value{"email"}},
                           {{"label"}, config::parse_template("{idd} {zzzzzz}").value}},
                          {"ID"});
  CHECK(e.code == errc::invalid_config);
  CHECK(e.object == "customers");
  CHECK(contains(e.cause, "column 'email' (field 'mail') does not exist, nearest is 'e.mail'"));
  CHECK(contains(e.cause, "column 'idd' (field 'label') does not exist, nearest is 'id'"));
  CHECK(contains(e.cause, "column 'zzzzzz' (field 'label') does not exist"));
  CHECK_FALSE(contains(e.cause, "'zzzzzz' (field 'label') does not exist, nearest"));
  CHECK(contains(e.cause, "column 'ID' (key) does not exist, nearest is 'id'"));
  CHECK(contains(e.hint, "id, e.mail"));
}

TEST_CASE("a name that several columns of the model share is refused where it is used") {
  const columns twice{
      {"id", value_kind::integer}, {"n", value_kind::text}, {"n", value_kind::text}};
  CHECK(
      contains(error_of({}, {"id"}, twice).cause, "column 'n' (field 'n') occurs more than once"));
  CHECK_FALSE(error_of({{{"id"}, column_value{"id"}}}, {"id"}, twice));
}

TEST_CASE("a mapping without a key is refused") {
  CHECK(error_of({}, {}).code == errc::invalid_config);
}

TEST_CASE("a constant that is not JSON is refused") {
  CHECK(contains(error_of({{{"c"}, constant_value{"{"}}}, {"id"}).cause, "field 'c'"));
}
