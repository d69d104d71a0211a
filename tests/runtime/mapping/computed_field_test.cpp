// Fields that functions and programs compute.
#include <doctest/doctest.h>

#include <map>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "runtime/mapping/compile.hpp"

using namespace sluice;
using namespace sluice::mapping;
using config::column_value;
using config::lua_value;

namespace {

const std::vector<source::model_column> contacts{{"id", value_kind::integer},
                                                 {"unused", value_kind::text},
                                                 {"email", value_kind::text},
                                                 {"phone", value_kind::text}};

std::vector<values::call> calls(const char* text) { return values::parse_calls(text).calls; }

row_plan plan_of(decltype(config::mapped_field::value) value) {
  return compile("customers", {{{"field"}, std::move(value)}}, {"id"}, contacts);
}

/// The packed field as text, for a row whose wanted columns have these values.
std::string packed(row_plan& plan, const std::vector<value_view>& row) {
  std::string out = "before";
  if (!plan.pack(row, out)) {
    CHECK(out == "before");
    return plan.invalid_reason();
  }
  const auto value = unpack(std::string_view(out).substr(6)).front();
  return std::string(to_string(value.kind)) + " " + std::string(value.bytes);
}

/// Ids by packed key and name.
class few_ids final : public known_ids {
 public:
  value_view find(std::string_view packed_key, std::string_view name) override {
    const auto found = ids_.find(std::string(packed_key) + std::string(name));
    return found == ids_.end() ? value_view{} : value_view{value_kind::text, found->second};
  }
  void add(std::initializer_list<value_view> key, const std::string& name, std::string id) {
    std::string packed;
    for (const auto& each : key) append_value(packed, each);
    ids_[packed + name] = std::move(id);
  }

 private:
  std::map<std::string, std::string> ids_;
};

/// Why there is no plan for the value.
std::string refusal_of(decltype(config::mapped_field::value) value) {
  try {
    plan_of(std::move(value));
  } catch (const failure& f) {
    return f.info().cause;
  }
  return "none";
}

value_view text(std::string_view bytes) { return {value_kind::text, bytes}; }

const value_view seven{value_kind::integer, "7"};

}  // namespace

TEST_CASE("functions come before the cast") {
  auto plan = plan_of(column_value{"email", cast::number, false, {}, calls("trim | slice(1)")});
  CHECK(plan.schema().fields.front().kind == value_kind::decimal);
  CHECK(plan.schema().fields.front().column.empty());
  CHECK(packed(plan, {seven, text(" x12 ")}) == "integer 12");
  CHECK(packed(plan, {seven, text("xyz")}) ==
        "column 'email' holds a text value that cannot be cast to number for field 'field'");
  CHECK(packed(plan, {seven, {}}) == "null ");
}

TEST_CASE("what a function refuses is an invalid row, with column and reason and without value") {
  auto plan = plan_of(column_value{"phone", cast::none, false, {}, calls("e164('CH')")});
  CHECK(packed(plan, {seven, text("secret words")}) ==
        "column 'phone': e164: is no telephone number for field 'field'");
  CHECK(packed(plan, {seven, text("044 668 18 00")}) == "text +41446681800");
}

TEST_CASE("the first column that is not NULL counts") {
  auto plan =
      plan_of(column_value{"phone", cast::none, false, {"email", "id"}, calls("default('x')")});
  CHECK(plan.wanted() == std::vector<std::size_t>{0, 2, 3});
  CHECK(plan.schema().fields.front().kind == value_kind::text);
  CHECK(packed(plan, {seven, text("e"), text("p")}) == "text p");
  CHECK(packed(plan, {seven, text("e"), {}}) == "text e");
  CHECK(packed(plan, {seven, {}, {}}) == "integer 7");
  CHECK(packed(plan, {{}, {}, {}}) == "text x");
}

TEST_CASE("functions of a template apply to a column or to the whole") {
  auto parsed = config::parse_template("{email | trim | lower}:{phone|digits}").value;
  parsed.apply = calls("pad(8, '.')");
  auto plan = plan_of(parsed);
  CHECK(packed(plan, {seven, text(" A@B "), text("0-1")}) == "text ..a@b:01");
  CHECK(packed(plan, {seven, {}, {}}) == "text .......:");
  auto number = plan_of(config::parse_template("{email | round}").value);
  CHECK(packed(number, {seven, text("x")}) ==
        "column 'email': round: is no number for field 'field'");
}

TEST_CASE("a program reads the columns that it names") {
  auto plan = plan_of(lua_value{"return row.email:upper() .. row['id']"});
  CHECK(plan.wanted() == std::vector<std::size_t>{0, 2});
  CHECK(packed(plan, {seven, text("a@b")}) == "text A@B7");
  CHECK(packed(plan, {seven, {}}) ==
        "lua:1: attempt to index a nil value (field 'email') for field 'field'");
  auto every = plan_of(lua_value{"local n = 0 for _ in pairs(row) do n = n + 1 end return n"});
  CHECK(every.wanted() == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(packed(every, {seven, {}, text(""), {}}) == "integer 2");
}

TEST_CASE("the result of a program goes through functions and a cast") {
  auto plan = plan_of(lua_value{"return '12345678901234567890.10'", cast::number, false,
                                calls("replace('1', '2')")});
  CHECK(plan.schema().fields.front().kind == value_kind::decimal);
  CHECK(packed(plan, {seven}) == "decimal 22345678902234567890.20");
}

TEST_CASE("columns that a program or a function lacks are told before the first row") {
  CHECK(contains(refusal_of(lua_value{"return row.emial"}),
                 "column 'emial' (field 'field') does not exist, nearest is 'email'"));
  CHECK(contains(refusal_of(column_value{"phone", cast::none, false, {"fax"}}),
                 "column 'fax' (field 'field') does not exist"));
}

TEST_CASE("a value that another connection remembers is found by its key") {
  const auto companies = std::make_shared<few_ids>();
  companies->add({seven, text("a@b")}, "record_id", " rec1 ");
  config::known_value id{"record_id", "companies", {"id", "email"}};
  const auto plan_with = [&](const config::known_value& value) {
    return compile("customers", {{{"field"}, value}}, {"id"}, contacts, {{"companies", companies}});
  };
  id.apply = calls("trim");
  auto plan = plan_with(id);
  CHECK(plan.wanted() == std::vector<std::size_t>{0, 2});
  CHECK(packed(plan, {seven, text("a@b")}) == "text rec1");
  CHECK(packed(plan, {seven, text("x@y")}) ==
        "connection 'companies' knows no 'record_id' of its row for field 'field'");
  CHECK(packed(plan, {seven, {}}) == "null ");  // the row names none

  id.on_miss = config::known_value::miss::null;
  id.apply = calls("default('none')");
  auto lenient = plan_with(id);
  CHECK(packed(lenient, {seven, text("x@y")}) == "text none");
  CHECK(packed(lenient, {seven, {}}) == "text none");
  id.apply.clear();
  id.as = cast::number;
  auto number = plan_with(id);
  CHECK(packed(number, {seven, text("a@b")}) ==
        "the value holds a text value that cannot be cast to number for field 'field'");
  id.by = {"emial"};
  CHECK(contains(refusal_of(id), "nearest is 'email'"));
}
