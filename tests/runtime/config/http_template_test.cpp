#include "runtime/config/http_template.hpp"

#include <doctest/doctest.h>

using sluice::config::parse_http_template;
using sluice::config::template_variable;
using name = template_variable::name;

namespace {

template_variable only(const char* text) {
  const auto parsed = parse_http_template(text);
  REQUIRE_MESSAGE(parsed.malformed.empty(), text);
  REQUIRE_MESSAGE(parsed.value.stands_alone(), text);
  return *parsed.value.pieces.front().variable;
}

}  // namespace

TEST_CASE("every variable is known by its name") {
  CHECK(only("{{rows}}") == template_variable{name::rows, {}, false});
  CHECK(only("{{row}}") == template_variable{name::row, {}, false});
  CHECK(only("{{key}}") == template_variable{name::key, {}, false});
  CHECK(only("{{op}}") == template_variable{name::op, {}, false});
  CHECK(only("{{connection}}") == template_variable{name::connection, {}, false});
  CHECK(only("{{run}}") == template_variable{name::run, {}, false});
  CHECK(only("{{index}}") == template_variable{name::index, {}, false});
  CHECK(only("{{id}}") == template_variable{name::id, {}, false});
}

TEST_CASE("row and key have fields, nested and escaped as in the mapping") {
  CHECK(only("{{row.name.first}}") == template_variable{name::row, {"name", "first"}, false});
  CHECK(only(R"({{key.a\.b}})") == template_variable{name::key, {"a.b"}, false});
  CHECK(only("{{key.id|string}}") == template_variable{name::key, {"id"}, true});
  CHECK(only("{{ key.id | string }}") == template_variable{name::key, {"id"}, true});
}

TEST_CASE("a value beside the row has one name, and functions as a field has") {
  CHECK(only("{{lookup.account_id}}") == template_variable{name::lookup, {"account_id"}, false});
  CHECK(only("{{known.id | trim | string}}") ==
        template_variable{name::known, {"id"}, true, {{"trim"}}});
  for (const auto& each : {only("{{lookup.a}}"), only("{{known.a}}")}) {
    CHECK(each.of_row());
    CHECK(each.beside_row());
  }
  CHECK_FALSE(only("{{row.a}}").beside_row());
}

TEST_CASE("what is not known is named") {
  for (const auto* inside :
       {"", " ", "id.x", "Row", "row.", "row..a", "row.a\\", "rows.0", "{row.a", "key id", "lookup",
        "lookup.", "lookup.a.b", "known", "lookups.a"}) {
    const auto text = "a {{" + std::string(inside) + "}}";
    CHECK(parse_http_template(text).malformed ==
          "names {{" + std::string(inside) + "}}, which is not known");
  }
  CHECK(parse_http_template("a {{row}} {{key").malformed == "has a {{ without its }}");
}

TEST_CASE("functions stand behind a value, and string at their end") {
  using sluice::value_kind;
  const auto found = only("{{row.zip | trim | pad(5, '0')|string}}");
  CHECK(found == template_variable{
                     name::row,
                     {"zip"},
                     true,
                     {{"trim"}, {"pad", {{value_kind::integer, "5"}, {value_kind::text, "0"}}}}});
  CHECK(sluice::config::to_text(found) == "{{row.zip | trim | pad(5, '0') | string}}");
  CHECK(parse_http_template("{{row.a|}}").malformed == "lacks the name of a function behind a |");
  CHECK(parse_http_template("{{row.a | pad(5}}").malformed ==
        "lacks the ) behind the arguments of \"pad\"");
}

TEST_CASE("a text keeps what stands between its variables") {
  const auto parsed = parse_http_template("/v1/{{key.id}}/${env:X}?a={{run}}&b");
  REQUIRE(parsed.malformed.empty());
  const auto& pieces = parsed.value.pieces;
  REQUIRE(pieces.size() == 3);
  CHECK(pieces[0].literal == "/v1/");
  CHECK(pieces[0].variable->what == name::key);
  CHECK(pieces[1].literal == "/${env:X}?a=");
  CHECK(pieces[1].variable->what == name::run);
  CHECK(pieces[2].literal == "&b");
  CHECK_FALSE(pieces[2].variable);
  CHECK_FALSE(parsed.value.stands_alone());
}

TEST_CASE("a text without variables is one literal, and single braces are nothing special") {
  CHECK(parse_http_template("").value.pieces.empty());
  const auto parsed = parse_http_template("{a} }} {");
  REQUIRE(parsed.value.pieces.size() == 1);
  CHECK(parsed.value.pieces[0].literal == "{a} }} {");
  CHECK_FALSE(parsed.value.stands_alone());
}

TEST_CASE("only a variable and nothing else stands alone") {
  CHECK(parse_http_template("{{row}}").value.stands_alone());
  for (const auto* text : {" {{row}}", "{{row}} ", "{{row}}{{row}}", "row"})
    CHECK_FALSE(parse_http_template(text).value.stands_alone());
}

TEST_CASE("variables are written as they are read") {
  for (const auto* text :
       {"{{rows}}", "{{row}}", "{{key}}", "{{op}}", "{{connection}}", "{{run}}", "{{index}}",
        "{{id}}", "{{row.a.b}}", R"({{key.a\.b|string}})", "{{lookup.a}}", R"({{known.a\.b}})"})
    CHECK(to_text(only(text)) == text);
}
