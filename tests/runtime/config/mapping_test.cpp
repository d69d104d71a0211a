#include <doctest/doctest.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using namespace sluice::config;
using test::config_folder;
using cast = column_value::cast;

namespace {

/// The mapping, in place of the valid one.
std::string mapping(const std::string& fields) {
  return R"({"mapping": {"id": null, "email": null, )" + fields + "}}";
}

}  // namespace

TEST_CASE("fields keep their order and take their value from columns or constants or templates") {
  const config_folder folder;
  folder.patch_connection(mapping(
      R"("z": "zed", "name.first": {"column": "first_name", "as": "json"},
         "origin": {"constant": {"shop": [1, null, "x"]}}, "a\\.b": {"template": "{x} {y}{x}{{}}"})"));
  CHECK(folder.customers().mapping ==
        std::vector<mapped_field>{{{"z"}, column_value{"zed", cast::none}},
                                  {{"name", "first"}, column_value{"first_name", cast::json}},
                                  {{"origin"}, constant_value{R"({"shop":[1,null,"x"]})"}},
                                  {{"a.b"}, parse_template("{x} {y}{x}{{}}").value}});
}

TEST_CASE("every cast has a word") {
  const config_folder folder;
  folder.patch_connection(mapping(
      R"("a": {"column": "a", "as": "string"}, "b": {"column": "b", "as": "number"},
         "c": {"column": "c", "as": "boolean"}, "d": {"column": "d", "as": "json"})"));
  const auto fields = folder.customers().mapping;
  REQUIRE(fields.size() == 4);
  const cast expected[] = {cast::string, cast::number, cast::boolean, cast::json};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(std::get<column_value>(fields[i].value).as == expected[i]);
  CHECK(folder.problems_with(mapping(R"("a": {"column": "a", "as": "text"})"))
            .find("connections/customers.json:/mapping/a/as: \"text\" is not known") == 0);
}

TEST_CASE("a column may be left out where it is null") {
  const config_folder folder;
  folder.patch_connection(mapping(
      R"("a": {"column": "x", "omit_null": true}, "b": {"column": "x", "omit_null": false},
         "c": {"column": "x", "as": "string", "omit_null": true})"));
  CHECK(folder.customers().mapping ==
        std::vector<mapped_field>{{{"a"}, column_value{"x", cast::none, true}},
                                  {{"b"}, column_value{"x"}},
                                  {{"c"}, column_value{"x", cast::string, true}}});
  CHECK(folder.problems_with(mapping(R"("a": {"column": "x", "omit_null": "yes"})")) ==
        "connections/customers.json:/mapping/a/omit_null: is a string; it must be true or false\n");
  CHECK(folder.problems_with(mapping(R"("a": {"column": "x", "omit_nul": true})")) ==
        "connections/customers.json:/mapping/a/omit_nul: unknown key \"omit_nul\"; did you mean "
        "\"omit_null\"?\n");
  CHECK(folder.problems_with(mapping(R"("a": {"constant": 1, "omit_null": true})")) ==
        "connections/customers.json:/mapping/a/omit_null: goes with \"column\", \"coalesce\", "
        "\"lua\" and \"known\" only; remove it\n");
}

TEST_CASE("constants may be null or empty or any other JSON") {
  const config_folder folder;
  folder.write("connections/customers.json",
               R"({"source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
                   "destination": {"kind": "jsonl", "path": "o"},
                   "mapping": {"a": {"constant": null}, "b": {"constant": ""}, "c": {"constant": 1.50},
                               "d": {"constant": [[], {}]}}})");
  const auto fields = folder.customers().mapping;
  REQUIRE(fields.size() == 4);
  const char* const expected[] = {"null", "\"\"", "1.5", "[[],{}]"};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(std::get<constant_value>(fields[i].value).json == expected[i]);
}

TEST_CASE("a mapped value is of exactly one form") {
  const config_folder folder;
  const auto* const message =
      "connections/customers.json:/mapping/a: must have exactly one of \"column\", \"coalesce\", "
      "\"constant\", \"template\", \"lua\" and \"known\"; for example {\"column\": \"id\", "
      "\"as\": \"string\"} or {\"constant\": \"shop\"}\n";
  CHECK(folder.problems_with(mapping(R"("a": {})")) == message);
  CHECK(folder.problems_with(mapping(R"("a": {"column": "a", "constant": 1})")) == message);
  CHECK(folder.problems_with(mapping(R"("a": {"constant": 1, "as": "string"})")) ==
        "connections/customers.json:/mapping/a/as: goes with \"column\", \"coalesce\", "
        "\"lua\" and \"known\" only; remove it\n");
  CHECK(folder.problems_with(mapping(R"("a": {"colunm": "a"})")) ==
        "connections/customers.json:/mapping/a/colunm: unknown key \"colunm\"; did you mean "
        "\"column\"?\n" +
            std::string(message));
  CHECK(folder.problems_with(mapping(R"("a": "", "b": 1, "c": {"column": 2})")) ==
        "connections/customers.json:/mapping/a: is empty; it must not be empty\n"
        "connections/customers.json:/mapping/b: is a number; it must be an object\n"
        "connections/customers.json:/mapping/c/column: is a number; it must be a string\n");
}

TEST_CASE("a mapping without fields is refused") {
  const config_folder folder;
  CHECK(
      folder.problems_with(R"({"mapping": {"id": null, "email": null}})") ==
      "connections/customers.json:/mapping: maps no field; leave it out to copy every column under "
      "its own name\n");
}

TEST_CASE("a field cannot lie inside another one") {
  const config_folder folder;
  CHECK(
      folder.problems_with(mapping(
          R"("name.first": "f", "name": "n", "name.last.x": "l", "name\\.x": "x", "names": "y")")) ==
      "connections/customers.json:/mapping/name.first: lies inside the field at /mapping/name, "
      "which "
      "is a value and not an object; rename one of the two\n"
      "connections/customers.json:/mapping/name.last.x: lies inside the field at /mapping/name, "
      "which is a value and not an object; rename one of the two\n");
}

TEST_CASE("a field that occurs twice is reported") {
  const config_folder folder;
  folder.write("connections/customers.json",
               R"({"source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
                   "destination": {"kind": "jsonl", "path": "o"}, "mapping": {"a": "x", "a": "y"}})");
  CHECK(folder.problems() ==
        "connections/customers.json:/mapping/a: the key \"a\" occurs twice; keep one of the two\n");
}

TEST_CASE("a field's name that cannot be taken apart is reported with how to write dots") {
  const config_folder folder;
  CHECK(folder.problems_with(mapping(R"("a..b": "x")")) ==
        "connections/customers.json:/mapping/a..b: the field name has an empty part or a wrong "
        "escape; "
        "a dot nests; write \"\\\\.\" for a dot and \"\\\\\\\\\" for a backslash in a name\n");
}

TEST_CASE("a malformed template is told with how to write braces") {
  const config_folder folder;
  CHECK(
      folder.problems_with(mapping(R"("a": {"template": "{x"})")) ==
      "connections/customers.json:/mapping/a/template: the template has a { without its }; "
      "{column} stands for a column, {column | trim} for what functions make of it; {{ and }} are "
      "braces\n");
}

TEST_CASE("functions are read with their arguments and programs as they are") {
  const config_folder folder;
  const test::variable key("SLUICE_TEST_KEY", "canary");
  folder.patch_connection(mapping(
      R"("a": {"column": "x", "apply": ["trim", {"pad": [5, "0"]}, {"default": null}], "as": "json"},
         "b": {"coalesce": ["x", "y"], "apply": {"case": [{"1": true}, 2.5]}},
         "c": {"template": "{x|lower} { y | slice(0, 1) }", "apply": "md5"},
         "d": {"lua": "return row.x", "as": "number", "omit_null": true},
         "e": {"column": "x", "apply": {"hmac": ["sha256", "${env:SLUICE_TEST_KEY}"]}})"));
  using enum value_kind;
  const auto fields = folder.customers().mapping;
  REQUIRE(fields.size() == 5);
  CHECK(
      std::get<column_value>(fields[0].value) ==
      column_value{"x",
                   cast::json,
                   false,
                   {},
                   {{"trim"}, {"pad", {{integer, "5"}, {text, "0"}}}, {"default", {{null, ""}}}}});
  CHECK(std::get<column_value>(fields[1].value) ==
        column_value{"x",
                     cast::none,
                     false,
                     {"y"},
                     {{"case", {{text, "1"}, {boolean, "1"}, {decimal, "2.5"}}}}});
  const auto& pieces = std::get<template_value>(fields[2].value).pieces;
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0] == template_value::piece{"", "x", {{"lower"}}});
  CHECK(pieces[1] ==
        template_value::piece{" ", "y", {{"slice", {{integer, "0"}, {integer, "1"}}}}});
  CHECK(std::get<template_value>(fields[2].value).apply == std::vector<values::call>{{"md5"}});
  CHECK(std::get<lua_value>(fields[3].value) == lua_value{"return row.x", cast::number, true});
  CHECK(std::get<column_value>(fields[4].value).apply.front().arguments.back().bytes == "canary");
}

TEST_CASE("functions that cannot be called are told with what would be right") {
  const config_folder folder;
  const test::variable key("SLUICE_TEST_KEY", "canary");
  const auto of = [&](const std::string& apply) {
    return folder.problems_with(mapping(R"("a": {"column": "x", "apply": )" + apply + "}"));
  };
  const std::string at = "connections/customers.json:/mapping/a/apply";
  CHECK(of(R"(["trim", "lowr"])") ==
        at + "/1: there is no function \"lowr\"; did you mean \"lower\"?\n");
  CHECK(of(R"({"pad": []})") ==
        at + ": \"pad\" has too few arguments; it is pad(width, [character], [side])\n");
  CHECK(of(R"({"round": "2"})") ==
        at + ": \"round\" takes a number as its places; it is round([places], [how])\n");
  CHECK(of(R"({"round": [2, "up"]})") ==
        at + ": \"round\" does not know 'up'; known here: 'half_up', 'half_even', 'down'\n");
  CHECK(of(R"([])") == at + ": is empty; for example [\"trim\", {\"pad\": [5, \"0\"]}]\n");
  CHECK(of(R"([5, {}, {"trim": [[1]]}])") ==
        at + "/0: is no function; for example [\"trim\", {\"pad\": [5, \"0\"]}]\n" + at +
            "/1: is no function; for example [\"trim\", {\"pad\": [5, \"0\"]}]\n" + at +
            "/2/trim/0: is no argument of a function; a text, a number, true, false or null\n");
  const auto secret = of(R"({"hmac": ["${env:SLUICE_TEST_KEY}", "sha256"]})");
  CHECK(secret == at + ": \"hmac\" does not take these arguments; known here: 'sha256', 'sha512', "
                       "'md5'\n");
  CHECK(
      folder.problems_with(mapping(R"("a": {"template": "{x | lowr}"})")) ==
      "connections/customers.json:/mapping/a/template: there is no function \"lowr\"; did you mean "
      "\"lower\"?\n");
  CHECK(folder.problems_with(mapping(R"("a": {"constant": 1, "apply": "trim"})")) ==
        "connections/customers.json:/mapping/a/apply: goes with \"column\", \"coalesce\", "
        "\"template\", \"lua\" and \"known\" only; remove it\n");
  CHECK(
      folder.problems_with(mapping(R"("a": {"lua": "return row.x\n.. end"})"))
          .starts_with("connections/customers.json:/mapping/a/lua: is no program in Lua: lua:2: "));
}

TEST_CASE("references in constants and templates are resolved and never taken for placeholders") {
  const config_folder folder;
  const test::variable region("SLUICE_TEST_REGION", "{eu}");
  folder.patch_connection(mapping(
      R"("c": {"constant": {"region": ["${env:SLUICE_TEST_REGION}"]}},
         "t": {"template": "${env:SLUICE_TEST_REGION}-{id} $${id}"})"));
  const auto fields = folder.customers().mapping;
  REQUIRE(fields.size() == 2);
  CHECK(std::get<constant_value>(fields[0].value).json == R"({"region":["{eu}"]})");
  CHECK(std::get<template_value>(fields[1].value) == parse_template("{{eu}}-{id} ${id}").value);
  CHECK(
      folder.problems_with(mapping(R"("c": {"constant": {"x": ["${env:SLUICE_TEST_UNSET}"]}})"))
          .find("connections/customers.json:/mapping/c/constant/x/0: ${env:SLUICE_TEST_UNSET}: the "
                "environment variable is not set") == 0);
}
