#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using nlohmann::json;
using test::config_folder;

TEST_CASE("the effective configuration shows what was written and fills in defaults") {
  const config_folder folder;
  const auto all = json::parse(folder.effective());
  CHECK(all["node"]["state_dir"] == "../state");
  CHECK(all["node"]["max_running_syncs"] == 8);
  CHECK(all["node"]["log"] == json{{"level", "info"}, {"format", "text"}});
  const auto& customers = all["connections"]["customers"];
  CHECK(customers["name"] == "customers");
  CHECK(customers["mode"] == "mirror");
  CHECK(customers["schedule"] == "manual");
  CHECK(customers["source"]["change_detection"] == "snapshot");
  CHECK(customers["source"]["answer_timeout"] == "2h");
  CHECK(customers["destination"]["path"] == "../out/customers.jsonl");
  CHECK(customers["max_delete_percent"] == 30);
  CHECK(customers["max_rejected_percent"] == 99);
  CHECK(customers["retry_rejected"] == true);
  CHECK(customers["row_log"] == false);
  CHECK(all["node"]["retention"] ==
        json{{"runs", "90d"}, {"rejected", "90d"}, {"most_runs", 10'000}});
  CHECK(customers["delivery"] ==
        json{{"writers", 2}, {"batch_rows", 1000}, {"window", 8}, {"drain_timeout", "1m"}});
}

TEST_CASE("the effective configuration keeps references and masks literal passwords") {
  const config_folder folder;
  const test::variable password("SHOP_PASSWORD", "canary");
  const test::variable table("SLUICE_TEST_TABLE", "canary");
  folder.patch_connection(
      R"({"source": {"table": "${env:SLUICE_TEST_TABLE}"}, "mapping": {"id": "id"},
          "destination": {"kind": "odbc", "path": null, "odbc": "Driver=X;Pwd=canary", "table": "t"}})");
  const auto text = folder.effective();
  CHECK(text.find("canary") == std::string::npos);
  const auto customers = json::parse(text)["connections"]["customers"];
  CHECK(customers["source"]["odbc"].get<std::string>().ends_with("Pwd=${env:SHOP_PASSWORD}"));
  CHECK(customers["source"]["table"] == "${env:SLUICE_TEST_TABLE}");
  CHECK(customers["destination"] == json{{"kind", "odbc"},
                                         {"odbc", "Driver=X;Pwd=***"},
                                         {"table", "t"},
                                         {"create", false},
                                         {"unverified", false},
                                         {"answer_timeout", "10m"}});
}

TEST_CASE("the effective configuration shows which fields are left out where they are null") {
  const config_folder folder;
  folder.patch_connection(R"({"mapping": {"email": {"column": "mail", "omit_null": true}}})");
  const auto all = json::parse(folder.effective());
  CHECK(all["connections"]["customers"]["mapping"]["email"] ==
        json{{"column", "mail"}, {"omit_null", true}});
}

TEST_CASE("a preset is shown filled in, as what is sent") {
  const config_folder folder;
  const test::variable token("SLUICE_TEST_TOKEN", "canary");
  folder.patch_connection(
      R"({"destination": {"kind": "http", "path": null, "preset": "hubspot", "batch_rows": 50,
                          "with": {"token": "${env:SLUICE_TEST_TOKEN}"}}})");
  const auto text = folder.effective();
  CHECK(text.find("canary") == std::string::npos);
  const auto customers = json::parse(text)["connections"]["customers"];
  const auto& destination = customers["destination"];
  CHECK(destination["kind"] == "http");
  CHECK(destination["upsert"]["url"] ==
        "https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert");
  CHECK(destination["headers"]["Authorization"] == "Bearer ${env:SLUICE_TEST_TOKEN}");
  CHECK(destination["batch_rows"] == 50);
  CHECK(destination["timeout"] == "30s");
  CHECK_FALSE(destination.contains("preset"));
  CHECK_FALSE(destination.contains("with"));
  CHECK(customers["delivery"]["batch_rows"] == 100);
}
