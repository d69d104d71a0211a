#include <doctest/doctest.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using test::config_folder;

TEST_CASE("a source is a table or a query with its key") {
  const config_folder folder;
  auto source = folder.customers().source;
  CHECK(source.table == "public.customers");
  CHECK_FALSE(source.query);
  CHECK(source.key == std::vector<std::string>{"id"});
  folder.patch_connection(
      R"({"source": {"table": null, "query": "SELECT 1 AS id", "key": ["a", "b"],
          "change_detection": "snapshot"}, "mapping": null})");
  source = folder.customers().source;
  CHECK_FALSE(source.table);
  CHECK(source.query == "SELECT 1 AS id");
  CHECK(source.key == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a source with table and query is refused and so is one with neither") {
  const config_folder folder;
  CHECK(
      folder.problems_with(R"({"source": {"query": "SELECT 1"}})") ==
      "connections/customers.json:/source: has both \"table\" and \"query\"; keep the one that is "
      "to be read\n");
  CHECK(folder.problems_with(R"({"source": {"table": null}})") ==
        "connections/customers.json:/source: has neither \"table\" nor \"query\"; add \"table\": "
        "\"schema.name\" or \"query\": \"SELECT …\"\n");
  CHECK(folder.problems_with(R"({"source": {"table": ""}})") ==
        "connections/customers.json:/source/table: is empty; it must not be empty\n");
}

TEST_CASE("a source needs a connection string and a key") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"source": {"odbc": null, "key": null}})") ==
        "connections/customers.json:/source/odbc: is missing; give the ODBC connection string\n"
        "connections/customers.json:/source/key: is missing; list the columns that identify a row: "
        "[\"id\"]\n");
}

TEST_CASE("a key is a list of different columns") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"source": {"key": []}})") ==
        "connections/customers.json:/source/key: is empty; for example [\"id\"]\n");
  CHECK(folder.problems_with(R"({"source": {"key": "id"}})") ==
        "connections/customers.json:/source/key: is a string; it must be an array: [\"id\"]\n");
  CHECK(folder.problems_with(R"({"source": {"key": ["id", "", 7, "id"]}})") ==
        "connections/customers.json:/source/key/1: is empty; it must not be empty\n"
        "connections/customers.json:/source/key/2: is a number; it must be a string\n"
        "connections/customers.json:/source/key/3: the column \"id\" is listed twice; list it "
        "once\n");
}

TEST_CASE("change detection other than snapshot is refused as not yet there") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"source": {"change_detection": {"cursor": "updated_at"}}})") ==
        "connections/customers.json:/source/change_detection: this release detects changes by "
        "snapshot only; write \"snapshot\" or leave the key out\n");
  CHECK(folder.problems_with(R"({"source": {"change_detection": "snapshots"}})") ==
        "connections/customers.json:/source/change_detection: \"snapshots\" is not known; did you "
        "mean \"snapshot\"?\n");
}

TEST_CASE("a broken connection string is reported without being quoted") {
  const config_folder folder;
  const auto problems = folder.problems_with(R"({"source": {"odbc": "Driver=X;Pwd=can;ary"}})");
  CHECK(
      problems ==
      "connections/customers.json:/source/odbc: part 3 of the connection string has no =; a value "
      "that holds a ; is written in braces: Pwd={a;b}; for example \"Driver=PostgreSQL "
      "Unicode;Server=…;Database=…\"\n");
  CHECK(folder.problems_with(R"({"source": {"odbc": " ; "}})").find("/source/odbc: is empty") !=
        std::string::npos);
  CHECK(folder.problems_with(R"({"source": {"odbc": "Pwd=${PASSWORD}"}})")
            .find("/source/odbc: has a ${…} that is neither") != std::string::npos);
}

TEST_CASE("references in a table or query are resolved when it is read") {
  const config_folder folder;
  const test::variable schema("SLUICE_TEST_SCHEMA", "sales");
  folder.patch_connection(R"({"source": {"table": "${env:SLUICE_TEST_SCHEMA}.customers"}})");
  CHECK(folder.customers().source.table == "sales.customers");
}
