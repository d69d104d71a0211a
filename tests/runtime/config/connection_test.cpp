#include <doctest/doctest.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::config_folder;

TEST_CASE("a connection is called after its file unless it names itself") {
  const config_folder folder;
  CHECK(folder.valid().connections.contains("customers"));
  folder.patch_connection(R"({"name": "crm.customers-v2_x"})");
  CHECK(folder.valid().connections.at("crm.customers-v2_x").name == "crm.customers-v2_x");
}

TEST_CASE("what a connection leaves out has defaults") {
  const config_folder folder;
  folder.patch_connection(R"({"mode": null, "mapping": null})");
  const auto c = folder.customers();
  CHECK(c.mode == sync_mode::upsert);
  CHECK(c.mapping.empty());
  CHECK(c.max_delete_percent == 30);
  CHECK(c.max_rejected_percent == 99);
  CHECK(c.retry_rejected);
  CHECK_FALSE(c.row_log);
  CHECK(c.delivery == config::delivery_config{2, 1000, 8, 60s});
}

TEST_CASE("a connection's settings are read") {
  const config_folder folder;
  folder.patch_connection(
      R"({"mode": "mirror", "schedule": "manual", "max_delete_percent": 0,
          "retry_rejected": false, "row_log": true,
          "delivery": {"writers": 64, "batch_rows": 100000, "window": 1000, "drain_timeout": "24h"}})");
  const auto c = folder.customers();
  CHECK(c.mode == sync_mode::mirror);
  CHECK(c.max_delete_percent == 0);
  CHECK_FALSE(c.retry_rejected);
  CHECK(c.row_log);
  CHECK(c.delivery == config::delivery_config{64, 100'000, 1000, 24h});
}

TEST_CASE("every mode is read, and others are answered with those that exist") {
  const config_folder folder;
  for (const auto mode : {sync_mode::upsert, sync_mode::mirror, sync_mode::insert,
                          sync_mode::update, sync_mode::append}) {
    folder.patch_connection(R"({"mode": ")" + std::string(to_string(mode)) + R"("})");
    CHECK(folder.customers().mode == mode);
  }
  CHECK(folder.problems_with(R"({"mode": "merge"})") ==
        "connections/customers.json:/mode: \"merge\" is not known; known here: \"upsert\", "
        "\"mirror\", \"insert\", \"update\", \"append\"\n");
}

TEST_CASE("names that cannot name a directory are refused") {
  const config_folder folder;
  for (const auto& name : {std::string(".hidden"), std::string("a b"), std::string("a/b"),
                           std::string(".."), std::string("ümlaut"), std::string(101, 'x')})
    CHECK(folder.problems_with(R"({"name": ")" + name + R"("})")
              .find("connections/customers.json:/name: ") == 0);
  CHECK(folder.problems_with(R"({"name": ")" + std::string(100, 'x') + R"("})").empty());
  CHECK(folder.problems_with(R"({"name": ""})") ==
        "connections/customers.json:/name: is empty; it must not be empty\n");
  CHECK(folder.problems_with(R"({"name": "a b"})") ==
        "connections/customers.json:/name: \"a b\" cannot be a name; a name has 1 to 100 letters, "
        "digits, '.', '_' or '-' and does not begin with '.', since it names a directory\n");
}

TEST_CASE("a file whose name cannot name the connection must say another") {
  const config_folder folder;
  std::filesystem::rename(folder.path() / "connections/customers.json",
                          folder.path() / "connections/my customers.json");
  CHECK(
      folder.problems() ==
      "connections/my customers.json: the file's name cannot name the connection; a name has 1 to "
      "100 letters, digits, '.', '_' or '-' and does not begin with '.', since it names a "
      "directory; rename the file or add a \"name\"\n");
}

TEST_CASE("unknown keys of a connection are reported with the nearest known one") {
  const config_folder folder;
  CHECK(folder.problems_with(R"({"maping": {}, "delivery": {"parallel": 1}})") ==
        "connections/customers.json:/maping: unknown key \"maping\"; did you mean \"mapping\"?\n"
        "connections/customers.json:/delivery/parallel: unknown key \"parallel\"; known here: "
        "\"writers\", \"batch_rows\", \"window\", \"drain_timeout\", \"on\", \"give_up_after\"\n");
}

TEST_CASE("delivery settings have ranges") {
  const config_folder folder;
  CHECK(
      folder.problems_with(
          R"({"max_delete_percent": 101, "max_rejected_percent": -1, "retry_rejected": 0,
                "delivery": {"writers": 65, "batch_rows": 0, "window": 1001, "drain_timeout": "25h"}})") ==
      "connections/customers.json:/delivery/writers: 65 is not allowed; it must be a whole number "
      "from 1 to 64\n"
      "connections/customers.json:/delivery/batch_rows: 0 is not allowed; it must be a whole "
      "number "
      "from 1 to 100000\n"
      "connections/customers.json:/delivery/window: 1001 is not allowed; it must be a whole number "
      "from 1 to 1000\n"
      "connections/customers.json:/delivery/drain_timeout: \"25h\" is not allowed; it must be from "
      "0s to 1d\n"
      "connections/customers.json:/max_delete_percent: 101 is not allowed; it must be a whole "
      "number from 0 to 100\n"
      "connections/customers.json:/max_rejected_percent: -1 is not allowed; it must be a whole "
      "number from 0 to 100\n"
      "connections/customers.json:/retry_rejected: is a number; it must be true or false\n");
}

TEST_CASE("a duration needs a unit") {
  const config_folder folder;
  CHECK(
      folder.problems_with(R"({"delivery": {"drain_timeout": "60"}})") ==
      "connections/customers.json:/delivery/drain_timeout: \"60\" is not a duration; write a whole "
      "number and a unit: \"250ms\", \"30s\", \"15m\", \"24h\", \"7d\"\n");
  CHECK(folder.problems_with(R"({"delivery": {"drain_timeout": 60}})") ==
        "connections/customers.json:/delivery/drain_timeout: is a number; it must be a duration in "
        "quotes, for example \"30s\"\n");
}

TEST_CASE("sections of a wrong type are reported") {
  const config_folder folder;
  CHECK(folder.problems_with(
            R"({"source": [], "mapping": "all", "destination": 1, "delivery": true})") ==
        "connections/customers.json:/source: is an array; it must be an object\n"
        "connections/customers.json:/mapping: is a string; it must be an object\n"
        "connections/customers.json:/destination: is a number; it must be an object\n"
        "connections/customers.json:/delivery: is a boolean; it must be an object\n");
}

TEST_CASE("a null is a wrong type and not a missing key") {
  const config_folder folder;
  folder.write("connections/customers.json", R"({"source": null, "destination": null})");
  CHECK(folder.problems() ==
        "connections/customers.json:/source: is null; it must be an object\n"
        "connections/customers.json:/destination: is null; it must be an object\n");
}
