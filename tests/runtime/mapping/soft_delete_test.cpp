#include "runtime/mapping/soft_delete.hpp"

#include <doctest/doctest.h>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "messages/row.hpp"
#include "runtime/config/config.hpp"

using namespace sluice;
using namespace sluice::mapping;

namespace {

const row_schema schema{{{{"id"}, value_kind::integer, "id"},
                         {{"deleted"}, value_kind::boolean, ""},
                         {{"state", "now"}, value_kind::text, "state"},
                         {{"score"}, value_kind::decimal, "score"},
                         {{"at"}, value_kind::timestamp_tz, "at"},
                         {{"nothing"}, value_kind::null, ""}},
                        {{{"id"}, value_kind::integer, "id"}}};

std::string problem(const std::vector<config::set_field>& set) {
  try {
    compile_on_delete("customers", set, schema);
  } catch (const failure& f) {
    CHECK(f.info().code == errc::invalid_config);
    CHECK(f.info().object == "customers");
    return f.info().cause;
  }
  return {};
}

std::string problem(const char* field, const char* json) { return problem({{{field}, {json}}}); }

}  // namespace

TEST_CASE("a delete without fields to set removes the row") {
  CHECK(compile_on_delete("customers", {}, schema) == soft_delete{});
}

TEST_CASE("the values that a delete sets are packed with the places of their fields") {
  const auto compiled = compile_on_delete(
      "customers", {{{"state", "now"}, {"\"gone\""}}, {{"deleted"}, {"true"}}, {{"at"}, {"null"}}},
      schema);
  CHECK(compiled.fields == std::vector<std::size_t>{2, 1, 4});
  CHECK(unpack(compiled.packed) == std::vector<value_view>{{value_kind::text, "gone"},
                                                           {value_kind::boolean, "1"},
                                                           {value_kind::null, ""}});
}

TEST_CASE("a value that a delete sets is of the type of its field") {
  CHECK(problem("deleted", "false").empty());
  CHECK(problem("deleted", "null").empty());
  CHECK(problem("score", "0").empty());
  CHECK(problem("score", "0.5").empty());
  CHECK(problem("at", "\"2026-01-31T00:00:00Z\"").empty());
  CHECK(problem("nothing", "\"anything\"").empty());
  CHECK(contains(problem("deleted", "1"),
                 "field 'deleted' is of type boolean, which 1 does not fit"));
  CHECK(contains(problem("deleted", "\"yes\""), "does not fit"));
  CHECK(contains(problem("score", "\"0\""), "does not fit"));
  CHECK(contains(problem("at", "true"), "does not fit"));
  CHECK(contains(problem("deleted", "{}"), "does not fit"));
}

TEST_CASE("all fields that a delete cannot set are named at once") {
  const auto text = problem({{{"gone"}, {"true"}}, {{"id"}, {"0"}}, {{"state"}, {"\"x\""}}});
  CHECK(contains(text, "field 'gone' does not exist"));
  CHECK(contains(text, "field 'id' is part of the key"));
  CHECK(contains(text, "field 'state' does not exist"));
}
