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

TEST_CASE("a source knows whether rows that a pass does not give are deleted") {
  const config_folder folder;
  folder.patch_connection(R"({"mode": "upsert"})");
  CHECK_FALSE(folder.customers().source.mirrored);
  CHECK_FALSE(folder.customers().source.consistent_reads);
  folder.patch_connection(R"({"mode": "mirror", "source": {"consistent_reads": true}})");
  CHECK(folder.customers().source.mirrored);
  CHECK(folder.customers().source.consistent_reads);
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

TEST_CASE("changes are detected by snapshot or by a cursor with an overlap") {
  const config_folder folder;
  CHECK_FALSE(folder.customers().source.cursor);
  folder.patch_connection(
      R"({"mode": "upsert", "source": {"change_detection": {"cursor": "updated_at"}}})");
  CHECK(folder.customers().source.cursor ==
        config::cursor_config{"updated_at", std::chrono::milliseconds{0}});
  folder.patch_connection(
      R"({"mode": "upsert",
          "source": {"change_detection": {"cursor": "updated_at", "overlap": "5m"}}})");
  CHECK(folder.customers().source.cursor ==
        config::cursor_config{"updated_at", std::chrono::minutes{5}});
}

TEST_CASE("a change detection that nobody knows is refused") {
  const config_folder folder;
  const auto problem = [&](const std::string& detection) {
    return folder.problems_with(R"({"mode": "upsert", "source": {"change_detection": )" +
                                detection + "}}");
  };
  CHECK(problem(R"("snapshots")") ==
        "connections/customers.json:/source/change_detection: \"snapshots\" is not known; did you "
        "mean \"snapshot\"?\n");
  CHECK(problem("{}") ==
        "connections/customers.json:/source/change_detection/cursor: is missing; name the column "
        "that grows with every change: {\"cursor\": \"updated_at\"}\n");
  CHECK(
      problem(R"({"cursor": 7, "overlap": "2 weeks", "colour": 1})") ==
      "connections/customers.json:/source/change_detection/colour: unknown key \"colour\"; known "
      "here: \"cursor\", \"overlap\"\n"
      "connections/customers.json:/source/change_detection/cursor: is a number; it must be a "
      "string\n"
      "connections/customers.json:/source/change_detection/overlap: \"2 weeks\" is not a "
      "duration; write a whole number and a unit: \"250ms\", \"30s\", \"15m\", \"24h\", \"7d\"\n");
  CHECK(problem(R"({"cursor": "updated_at", "overlap": "366d"})").find("/overlap: ") !=
        std::string::npos);
}

TEST_CASE("a mirror cannot go by a cursor since it would not see what has vanished") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"mode": "mirror",
                                 "source": {"change_detection": {"cursor": "updated_at"}}})") ==
        "connections/customers.json:/mode: a cursor does not see which rows have vanished, so it "
        "cannot mirror; write \"change_detection\": \"snapshot\" or \"digest\", or \"mode\": "
        "\"upsert\" to keep such rows\n");
}

TEST_CASE("changes are detected by digests where that is said, also in a mirror") {
  const config_folder folder;
  CHECK_FALSE(folder.customers().source.by_digest);
  folder.patch_connection(R"({"mode": "mirror", "source": {"change_detection": "digest"}})");
  CHECK(folder.customers().source.by_digest);
  CHECK_FALSE(folder.customers().source.cursor);
  folder.patch_connection(R"({"source": {"change_detection": "snapshot"}})");
  CHECK_FALSE(folder.customers().source.by_digest);
}

TEST_CASE("a filter belongs to a table") {
  const config_folder folder;
  folder.patch_connection(R"({"source": {"where": "status = 'active'"}})");
  CHECK(folder.customers().source.where == "status = 'active'");
  CHECK(folder.problems_with(R"({"source": {"table": null, "query": "SELECT 1 AS id",
                                            "where": "id > 1"}, "mapping": null})") ==
        "connections/customers.json:/source/where: filters a \"table\" only; write it into the "
        "\"query\"\n");
  CHECK(folder.problems_with(R"({"source": {"where": ""}})") ==
        "connections/customers.json:/source/where: is empty; it must not be empty\n");
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
            .find("/source/odbc: has a ${…} that is none of") != std::string::npos);
}

TEST_CASE("references in a table or query are resolved when it is read") {
  const config_folder folder;
  const test::variable schema("SLUICE_TEST_SCHEMA", "sales");
  folder.patch_connection(R"({"source": {"table": "${env:SLUICE_TEST_SCHEMA}.customers"}})");
  CHECK(folder.customers().source.table == "sales.customers");
}
