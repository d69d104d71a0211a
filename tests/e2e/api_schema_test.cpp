// Every operation of the API answers what its own OpenAPI document says: Prism looks at requests
// and answers on their way.
#include <doctest/doctest.h>

#include <fstream>

#include "tests/e2e/api_node.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using test::orders;

namespace {

const std::string compatible = "/v2/retl-connections/orders";

/// A node, and a client whose requests go through the validating proxy.
struct checked_api : test::api_node {
  checked_api() {
    node.settings["api"]["hosts"] = {"127.0.0.1"};
    auto config = test::mirror_customers(source, destination);
    config["row_log"] = true;
    node.connection("orders", config);
    node.start();
    const auto document = node.path() / "openapi.json";
    std::ofstream(document) << airflow.get("/api/v1/openapi.json").body;
    proxy = std::make_unique<test::process>(
        test::program{.program = "node",
                      .arguments = {SLUICE_SOURCE_DIR "/tests/support/prism_proxy.js",
                                    document.string(), "http://127.0.0.1:" + std::to_string(port)},
                      .environment = {{"NODE_PATH", SLUICE_SOURCE_DIR "/build/npm/node_modules"}}});
    REQUIRE_MESSAGE(proxy->wait_for_output("\n", 60s), proxy->errors());
    const auto address = proxy->output();
    checked = test::api_client(
        static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))),
        operator_token);
  }

  /// The answer, whose status is that and which is as the document says.
  json ask(int status, const std::string& method, const std::string& target,
           const std::string& body = {}, const std::string& headers = {}) const {
    const auto answer = checked.ask(method, target, body, headers);
    CAPTURE(method + " " + target);
    CAPTURE(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.body.find("stoplight.io/prism") == std::string::npos);
    return json::parse(answer.body, nullptr, false);
  }

  std::unique_ptr<test::process> proxy;
  test::api_client checked{0, {}};
};

}  // namespace

TEST_CASE_FIXTURE(checked_api, "every operation answers as the OpenAPI document says") {
  // Before the first run, and of one that goes on.
  ask(200, "GET", orders);
  ask(200, "GET", orders + "/runs");
  hold();
  const auto run =
      ask(201, "POST", orders + "/runs", R"({"full": true})").at("run").get<std::string>();
  ask(200, "GET", orders + "/runs/" + run);
  ask(200, "GET", orders);
  ask(200, "GET", compatible + "/syncs/" + run);
  ask(409, "POST", orders + "/runs", "{}");
  ask(409, "POST", orders + "/reset", R"({"confirm": "orders"})");
  ask(409, "POST", compatible + "/start", R"({"syncType": "full"})");
  ask(202, "POST", orders + "/runs/" + run + "/stop", "{}");
  ask(204, "POST", compatible + "/stop");
  const auto postponed =
      ask(200, "POST", compatible + "/start", R"({"syncType": "incremental"})").at("syncId");
  let_go();
  ask(200, "GET", orders + "/runs/" + run, {}, "Prefer: wait=20\r\n");
  ask(200, "GET", orders + "/runs/" + postponed.get<std::string>(), {}, "Prefer: wait=20\r\n");
  ask(200, "GET", compatible + "/syncs/" + run);
  ask(200, "GET", compatible + "/syncs?per_page=1&page=2&status=failed");
  ask(200, "GET", compatible + "/syncs?per_page=1");

  // With rejected rows.
  destination.otherwise({.status = 422, .body = R"({"message": "no such customer"})"});
  source.run({"UPDATE customers SET name = 'other' WHERE id < 20"});
  const auto bad = ask(201, "POST", orders + "/runs", "{}").at("run").get<std::string>();
  ask(200, "GET", orders + "/runs/" + bad, {}, "Prefer: wait=20\r\n");
  CHECK_FALSE(ask(200, "GET", orders + "/rejected?limit=3").at("items").empty());
  ask(200, "GET", orders + "/rejected?group=reason");
  ask(200, "GET", orders + "/rejected", {}, "Accept: text/csv\r\n");
  CHECK_FALSE(
      ask(200, "GET", orders + "/runs/" + bad + "/rows?outcome=rejected").at("items").empty());
  ask(200, "GET", orders + "/runs?limit=1&state=succeeded&state=stopped&type=full&trigger=api");
  destination.otherwise({});
  ask(200, "POST", orders + "/preview", R"({"samples": 2})");

  // The connection and the node.
  ask(200, "GET", "/api/v1/connections?state=idle&q=ord&limit=1");
  ask(200, "GET", orders + "/config");
  ask(200, "POST", orders + "/disable");
  ask(422, "POST", compatible + "/start");
  ask(409, "POST", orders + "/runs", "{}");
  ask(200, "POST", orders + "/enable");
  ask(200, "POST", orders + "/reset", R"({"confirm": "orders"})");
  ask(200, "POST", "/api/v1/reload");
  ask(200, "GET", "/api/v1/node");
  ask(200, "GET", "/api/v1/nodes");
  ask(200, "GET", "/api/v1/session");

  // What is not there.
  ask(404, "GET", "/api/v1/connections/ordres");
  ask(404, "GET", orders + "/runs/01JD0000000000000000000000");
  ask(404, "POST", "/v2/retl-connections/ordres/start");
  ask(404, "GET", compatible + "/syncs/01JD0000000000000000000000");
}
