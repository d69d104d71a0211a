#include <doctest/doctest.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using test::config_folder;

namespace {
/// Merge patch that turns the destination into an ODBC table, with `more` members.
std::string odbc(const std::string& more = "", const std::string& mapping = "") {
  return R"({"destination": {"kind": "odbc", "path": null, "odbc": "Driver=X", "table": "crm.customers")" +
         more + "}" + mapping + "}";
}
}  // namespace

TEST_CASE("a jsonl destination is a file relative to the connection's file") {
  const config_folder folder;
  CHECK(folder.customers().destination ==
        config::destination_config{config::jsonl_config{folder.path() / "out/customers.jsonl"}});
}

TEST_CASE("an odbc destination is a table that may be created") {
  const config_folder folder;
  folder.patch_connection(odbc(R"(, "create": true)"));
  const auto destination = std::get<config::odbc_config>(folder.customers().destination.kind);
  CHECK(destination.odbc.written() == "Driver=X");
  CHECK(destination.table == "crm.customers");
  CHECK(destination.create);
  CHECK_FALSE(destination.unverified);
  folder.patch_connection(odbc());
  CHECK_FALSE(std::get<config::odbc_config>(folder.customers().destination.kind).create);
}

TEST_CASE("an odbc destination may be one that delivery is not proven on") {
  const config_folder folder;
  folder.patch_connection(odbc(R"(, "unverified": true)"));
  CHECK(std::get<config::odbc_config>(folder.customers().destination.kind).unverified);
}

TEST_CASE("an unknown kind of destination is answered with those that exist") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"destination": {"kind": "s3", "url": "x"}})") ==
        "connections/customers.json:/destination/kind: \"s3\" is not known; known here: \"jsonl\", "
        "\"odbc\", \"http\"\n");
  CHECK(folder.problems_with(R"({"destination": {"kind": "json"}})") ==
        "connections/customers.json:/destination/kind: \"json\" is not known; did you mean "
        "\"jsonl\"?\n");
  CHECK(folder.problems_with(R"({"destination": {"kind": null}})") ==
        "connections/customers.json:/destination/kind: is missing; write \"jsonl\", \"odbc\" or "
        "\"http\"\n");
}

TEST_CASE("a destination needs the settings of its kind and no others") {
  const config_folder folder;
  CHECK(
      folder.problems_with(R"({"destination": {"path": null, "table": "t"}})") ==
      "connections/customers.json:/destination/table: unknown key \"table\"; known here: \"kind\", "
      "\"path\"\n"
      "connections/customers.json:/destination/path: is missing; name the file that deltas are "
      "appended to\n");
  CHECK(
      folder.problems_with(R"({"destination": {"kind": "odbc", "create": "yes"}})") ==
      "connections/customers.json:/destination/path: unknown key \"path\"; known here: \"kind\", "
      "\"odbc\", \"table\", \"create\", \"unverified\", \"answer_timeout\"\n"
      "connections/customers.json:/destination/odbc: is missing; give the ODBC connection string\n"
      "connections/customers.json:/destination/table: is missing; name the table to write\n"
      "connections/customers.json:/destination/create: is a string; it must be true or false\n");
}

TEST_CASE("an odbc destination takes no nested fields") {
  const config_folder folder;
  CHECK(folder.problems_with(odbc("", R"(, "mapping": {"name.first": "f", "a\\.b": "c"})")) ==
        "connections/customers.json:/mapping/name.first: a table has no nested fields; name a "
        "column; "
        "write \"\\\\.\" for a dot in its name\n");
}

TEST_CASE("an odbc destination leaves no field out") {
  const config_folder folder;
  CHECK(
      folder.problems_with(odbc("", R"(, "mapping": {"a": {"column": "a", "omit_null": true},
                                 "b": {"column": "b", "omit_null": false}})")) ==
      "connections/customers.json:/mapping/a/omit_null: a table always has the column; remove it: "
      "NULL is written as NULL\n");
}

TEST_CASE("an odbc destination needs every key column as a plain copy") {
  const config_folder folder;
  const auto* const message =
      "connections/customers.json:/mapping: no field is a plain copy of the key column \"id\"; an "
      "ODBC "
      "destination finds rows by it: add \"id\": \"id\"\n";
  CHECK(folder.problems_with(odbc("", R"(, "mapping": {"id": null})")) == message);
  CHECK(folder.problems_with(
            odbc("", R"(, "mapping": {"id": {"column": "id", "as": "string"}})")) == message);
  CHECK(folder.problems_with(odbc("", R"(, "mapping": {"id": {"template": "{id}"}})")) == message);
  CHECK(folder.problems_with(odbc("", R"(, "mapping": {"id": {"column": "id"}})")).empty());
  CHECK(folder.problems_with(odbc("", R"(, "mapping": {"id": null, "number": "id"})")).empty());
  CHECK(folder.problems_with(odbc("", R"(, "mapping": null)")).empty());
}

TEST_CASE("an odbc destination of events needs no key") {
  const config_folder folder;
  CHECK(folder.problems_with(odbc("", R"(, "mode": "append", "mapping": {"id": null})")).empty());
  CHECK_FALSE(
      folder.problems_with(odbc("", R"(, "mode": "insert", "mapping": {"id": null})")).empty());
}

TEST_CASE("a table that only gets updates is not created") {
  const config_folder folder;
  CHECK(folder.problems_with(odbc(R"(, "create": true)", R"(, "mode": "update")")) ==
        "connections/customers.json:/destination/create: \"update\" adds no rows, and a table that "
        "is created has none; remove it, or use another mode\n");
  CHECK(folder.problems_with(odbc(R"(, "create": false)", R"(, "mode": "update")")).empty());
}

TEST_CASE("a key that a reference names must be copied too and is not quoted") {
  const config_folder folder;
  const test::variable key("SLUICE_TEST_KEY", "number");
  const std::string source = R"("source": {"key": ["${env:SLUICE_TEST_KEY}"]})";
  CHECK(folder.problems_with(odbc("", R"(, "mapping": {"n": "number"}, )" + source)).empty());
  const auto problems = folder.problems_with(odbc("", ", " + source));
  CHECK(problems.find("copy of the key column \"${env:SLUICE_TEST_KEY}\"") != std::string::npos);
  CHECK(problems.find("number") == std::string::npos);
}

TEST_CASE("a jsonl destination asks nothing of the mapping") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"mapping": {"id": null, "name.first": "f"}})").empty());
}
