// A node with an API and one connection, `orders`, whose destination answers when a test says so.
#pragma once

#include <cstdint>
#include <string>

#include "tests/e2e/api_client.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/http_visitor.hpp"

namespace sluice::test {

inline constexpr auto events_path = "/api/v1/events";
inline const std::string orders = "/api/v1/connections/orders";

struct api_node {
  static constexpr auto operator_token = "CANARY-airflow-0123456789abcdef";
  static constexpr auto observer_token = "CANARY-wall-fedcba9876543210";

  const std::uint16_t port = free_port();
  database_fixture source{odbc::product::sqlite};
  http_server destination;
  node_fixture node;
  api_client airflow{port, operator_token};
  api_client wall{port, observer_token};
  api_client nobody{port, {}};

  api_node() {
    source.run({customers_table, fill_customers(odbc::product::sqlite, 120)});
    node.settings["api"] = {
        {"listen", "127.0.0.1:" + std::to_string(port)},
        {"tokens",
         {{{"name", "airflow"}, {"role", "operator"}, {"token", operator_token}},
          {{"name", "wall"}, {"role", "observer"}, {"token", observer_token}, {"rows", false}}}}};
  }

  void start() {
    node.connection("orders", mirror_customers(source, destination));
    node.start();
  }
  /// From now on runs go on until the destination is told to release what it holds.
  void hold() { destination.otherwise({.hold = true}); }
  void let_go() {
    destination.otherwise({});
    destination.release();
  }

  /// Starts a run that goes on and has rows on their way; returns its id.
  std::string begin_run() {
    hold();
    const auto before = destination.requests().size();
    const auto run = airflow.post(start_path, "{}").json().at("syncId").get<std::string>();
    REQUIRE(destination.wait_for_requests(before + 1, std::chrono::seconds{10}));
    return run;
  }
  /// The sync, when it has come to its end.
  nlohmann::json end_of(const std::string& run) const {
    return airflow.poll(sync_path(run), [](const auto& s) { return s.at("status") != "running"; });
  }
  [[nodiscard]] static std::string sync_path(const std::string& run) {
    return "/v2/retl-connections/orders/syncs/" + run;
  }
  /// The bytes of a request as the plugins send it.
  [[nodiscard]] std::string request(const std::string& method, const std::string& target,
                                    const std::string& more, const std::string& body = {}) const {
    return method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nauthorization: Bearer " + operator_token + "\r\n" + more + "\r\n" + body;
  }
  api_answer send(const std::string& bytes) const {
    api_connection connection(port);
    connection.send(bytes);
    return connection.receive();
  }

  static constexpr auto start_path = "/v2/retl-connections/orders/start";
  static constexpr auto stop_path = "/v2/retl-connections/orders/stop";
  static constexpr auto syncs_path = "/v2/retl-connections/orders/syncs";
};

}  // namespace sluice::test
