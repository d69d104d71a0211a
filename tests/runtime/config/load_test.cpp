#include <doctest/doctest.h>

#include <unistd.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using test::config_folder;

TEST_CASE("all problems of all files are reported at once") {
  const config_folder folder;
  folder.patch_node(R"({"max_running_syncs": 0})");
  folder.patch_connection(R"({"mode": "mirorr", "source": {"key": []}})");
  folder.write("connections/broken.json", "{");
  folder.write("connections/empty.json", "{}");
  CHECK(
      folder.problems() ==
      "node.json:/max_running_syncs: 0 is not allowed; it must be a whole number from 1 to 10000\n"
      "connections/broken.json: is not valid JSON: parse error at line 1, column 2: syntax error "
      "while parsing object key - unexpected end of input; expected string literal\n"
      "connections/customers.json:/source/key: is empty; for example [\"id\"]\n"
      "connections/customers.json:/mode: \"mirorr\" is not known; did you mean \"mirror\"?\n"
      "connections/empty.json:/source: is missing; say what to read: odbc, table and key\n"
      "connections/empty.json:/destination: is missing; say where to write: kind and its "
      "settings\n");
}

TEST_CASE("a configuration is either usable or has problems") {
  const config_folder folder;
  const auto good = folder.load();
  CHECK(good.config);
  CHECK(good.problems.empty());
  folder.patch_connection(R"({"mode": 1})");
  const auto bad = folder.load();
  CHECK_FALSE(bad.config);
  CHECK(bad.problems.size() == 1);
}

TEST_CASE("a node file that cannot be read is a problem and no exception") {
  const config_folder folder;
  folder.remove("node.json");
  CHECK(folder.problems() == "node.json: cannot be read: No such file or directory\n");
  std::filesystem::create_directory(folder.path() / "node.json");
  CHECK(folder.problems() == "node.json: cannot be read: is a directory\n");
}

TEST_CASE("a file without read permission is a problem" * doctest::skip(::geteuid() == 0)) {
  const config_folder folder;
  std::filesystem::permissions(folder.path() / "connections/customers.json",
                               std::filesystem::perms::none);
  CHECK(folder.problems() == "connections/customers.json: cannot be read: Permission denied\n");
}

TEST_CASE("a relative name of the node file is relative to the working directory") {
  const config_folder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto loaded = config::load("node.json");
  std::filesystem::current_path(before);
  REQUIRE(loaded.config);
  CHECK(loaded.config->file == folder.path() / "node.json");
  CHECK(loaded.config->connections.at("customers").file ==
        folder.path() / "connections/customers.json");
}

TEST_CASE("two connections with one name are a problem of the second") {
  const config_folder folder;
  folder.patch_connection(R"({"name": "orders"})");
  const auto second = R"({"destination": {"path": "other.jsonl"}})";
  const config_folder other;
  other.patch_connection(second);
  std::filesystem::copy(other.path() / "connections/customers.json",
                        folder.path() / "connections/orders.json");
  CHECK(folder.problems() ==
        "connections/orders.json: the name is taken by connections/customers.json; give every "
        "connection a name of its own\n");
}

TEST_CASE("two connections that append to one file are a problem") {
  const config_folder folder;
  std::filesystem::copy(folder.path() / "connections/customers.json",
                        folder.path() / "connections/orders.json");
  CHECK(folder.problems() ==
        "connections/orders.json:/destination/path: writes the same file as "
        "connections/customers.json; give every connection a file of its own\n");
}

TEST_CASE("references of connection strings are not needed to load and are checked on request") {
  const config_folder folder;
  folder.patch_connection(
      R"({"destination": {"kind": "odbc", "path": null, "odbc": "${file:none};Uid=${env:SLUICE_TEST_UNSET}",
          "table": "t"}})");
  const auto node = folder.valid();
  auto problems = config::check_references(node);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].file == folder.path() / "connections/customers.json");
  CHECK(problems[0].pointer == "/source/odbc");
  CHECK(problems[0].message == "${env:SHOP_PASSWORD}: the environment variable is not set");
  CHECK(problems[1].pointer == "/destination/odbc");
  CHECK(problems[1].message == "${file:none}: No such file or directory");
  CHECK(problems[2].message == "${env:SLUICE_TEST_UNSET}: the environment variable is not set");

  const test::variable password("SHOP_PASSWORD", "canary");
  const test::variable user("SLUICE_TEST_UNSET", "u");
  folder.write("connections/none", "canary without equals sign");
  problems = config::check_references(node);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message.find("part 1 of the connection string has no =") == 0);
  CHECK(config::to_text(problems).find("canary") == std::string::npos);
  folder.write("connections/none", "Driver=X");
  CHECK(config::check_references(node).empty());
}

TEST_CASE(
    "everything that is wrong is said in one go unset references and unknown leaders included") {
  const config_folder folder;
  folder.write("connections/broken.json", "{");
  folder.write("connections/follower.json", R"({
    "source": {"odbc": "Driver=SQLite3;Database=x;Pwd=${env:SLUICE_TEST_UNSET}", "table": "t",
               "key": ["id"]},
    "mode": "upzert", "destination": {"kind": "jsonl", "path": "f"},
    "schedule": {"after": "nobody"},
    "notify": [{"on": ["failed"], "url": "${env:SLUICE_TEST_UNSET}"}]})");
  const auto all = config::load(folder.path() / "node.json", config::references::tried);
  CHECK_FALSE(all.config);
  const auto text = config::to_text(all.problems);
  CAPTURE(text);
  for (const auto* const part :
       {"broken.json: ", "follower.json:/mode: ", "follower.json:/schedule/after: no connection",
        "broken.json, which cannot be read", "follower.json:/source/odbc: ${env:SLUICE_TEST_UNSET}",
        "follower.json:/notify/0/url: ${env:SLUICE_TEST_UNSET}"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
}

TEST_CASE("a leader whose file cannot be read is not called unknown") {
  const config_folder folder;
  folder.write("connections/broken.json", "{");
  folder.patch_connection(R"({"schedule": {"after": "broken"}})");
  CHECK(folder.problems().find("no connection has this name") == std::string::npos);
}
