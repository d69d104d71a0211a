// A node's API answers for the whole cluster: one whole path through another node.
#include <doctest/doctest.h>

#include "tests/e2e/api_client.hpp"
#include "tests/e2e/cluster_fixture.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/support/http_visitor.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;

namespace {

/// Node a runs `orders`, node b has the API.
struct api_cluster : test::cluster_fixture {
  static constexpr auto token = "airflow-0123456789abcdef";
  const std::uint16_t port = test::free_port();
  test::database_fixture source{odbc::product::sqlite};
  test::http_server destination;
  test::api_client airflow{port, token};

  api_cluster() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 120)});
    add("a").connection("orders", test::mirror_customers(source, destination));
    add("b").settings["api"] = {
        {"listen", "127.0.0.1:" + std::to_string(port)},
        {"tokens", {{{"name", "airflow"}, {"role", "operator"}, {"token", token}}}}};
    start({"a", "b"});
  }
  [[nodiscard]] document end_of(const std::string& run) const {
    return airflow.poll(syncs + "/" + run,
                        [](const auto& s) { return s.at("status") != "running"; });
  }

  const std::string compatible = "/v2/retl-connections/orders";
  const std::string syncs = compatible + "/syncs";
};

}  // namespace

TEST_CASE_FIXTURE(api_cluster,
                  "a sync on another node is started, watched, stopped and listed over the API") {
  test::api_connection stream(port);
  stream.send("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
              "\r\nAuthorization: Bearer " + token + "\r\n\r\n");
  CHECK(stream.receive().status == 200);

  destination.otherwise({.hold = true});
  const auto run = airflow.post(compatible + "/start", "{}").json().at("syncId").get<std::string>();
  REQUIRE(destination.wait_for_requests(1, 10s));
  CHECK(test::contains(stream.receive_until(run), run));
  CHECK(airflow.get(syncs + "/" + run).json().at("status") == "running");
  CHECK(airflow.post(compatible + "/stop").status == 204);
  // Its client is gone at once, and so is no one that the run on the other node waits for.
  const auto next =
      airflow.post(compatible + "/start", "{}").json().at("syncId").get<std::string>();
  destination.otherwise({});
  destination.release();
  CHECK(end_of(run).at("status") == "failed");
  const auto last = end_of(next);
  CHECK(last.at("status") == "succeeded");
  CHECK(last.at("sluice").at("requested_by") == "airflow");
  CHECK(airflow.get(syncs).json().at("paging").at("total") == 2);
  CHECK(airflow.get("/api/v1/connections/orders").json().at("node") == "a");
  CHECK((*this)["a"].json({"status", "orders"})["run"]["run"] == next);
}

TEST_CASE_FIXTURE(api_cluster,
                  "while the node of a connection is away its clients are told to ask again") {
  (*this)["a"].kill();
  wait_for_link("b", "a", "unreachable");
  const auto refused = airflow.post(compatible + "/start", "{}");
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.header("retry-after").empty());
  CHECK(refused.json().at("error").is_string());
  CHECK(airflow.get("/api/v1/connections").json().at("items").at(0).at("state") == "unreachable");
}
