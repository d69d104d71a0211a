// Metrics and health over HTTP, as those who watch a node see them.
#include <doctest/doctest.h>

#include <csignal>
#include <list>

#include "messages/own_version.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/http_visitor.hpp"
#include "tests/support/metrics_text.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A node with one connection, `customers`, from SQLite to an API, in batches of 50 rows.
struct watched_node {
  explicit watched_node(int rows) {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, rows)});
    config = test::mirror_customers(source, api);
    config["destination"]["headers"] = {{"Authorization", std::string("Bearer ") + token}};
    node.settings["http"] = {{"listen", "127.0.0.1:" + std::to_string(port)}};
  }
  void start() {
    node.connection("customers", config);
    node.start();
  }
  [[nodiscard]] test::http_page page(const std::string& path) const {
    return test::get(port, path);
  }
  /// What the node tells; checks that it is well formed, and that no counter has gone back.
  const test::metrics_text& scrape() {
    const auto answer = page("/metrics");
    REQUIRE(answer.status == 200);
    CHECK(answer.headers.find("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n") !=
          std::string::npos);
    CHECK(answer.body.find(token) == std::string::npos);
    auto now = test::read_metrics(answer.body);
    CHECK(now.problems == std::vector<std::string>{});
    CHECK(test::gone_back(last, now) == std::vector<std::string>{});
    last = std::move(now);
    return last;
  }
  /// Scrapes until `done`; fails the test after ten seconds.
  template <class Done>
  void scrape_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!done(scrape())) REQUIRE(std::chrono::steady_clock::now() < end);
  }
  [[nodiscard]] double runs(const std::string& state) const {
    return last.at("sluice_runs_total{connection=\"customers\",state=\"" + state + "\"}");
  }
  [[nodiscard]] double rows(const std::string& outcome) const {
    return last.at("sluice_rows_total{connection=\"customers\",outcome=\"" + outcome + "\"}");
  }
  [[nodiscard]] double is(const std::string& state) const {
    return last.at("sluice_connection_state{connection=\"customers\",state=\"" + state + "\"}");
  }
  [[nodiscard]] double of(const std::string& family) const { return last.of(family, "customers"); }

  static constexpr auto token = "CANARY_API_TOKEN_31415926";
  const std::uint16_t port = test::free_port();
  test::database_fixture source{odbc::product::sqlite};
  test::http_server api;
  test::node_fixture node;
  json config;
  test::metrics_text last;
};

}  // namespace

TEST_CASE("metrics follow a connection from its first run to its last") {
  watched_node w(1000);
  w.api.handle([](const test::http_request& r) {
    const bool bad = r.body.find("\"id\":77,") != std::string::npos;
    return bad ? test::http_reply{.status = 422} : test::http_reply{};
  });
  w.start();
  w.scrape();
  CHECK(w.last.at("sluice_node_info{node=\"test\",version=\"" + own_version() + "\"}") == 1);
  CHECK(w.last.at("sluice_running_syncs_limit") == 8);
  CHECK(w.last.at("process_resident_memory_bytes") > 1e6);
  CHECK(w.is("idle") == 1);
  CHECK(w.of("sluice_rows_read_total") == 0);
  CHECK_FALSE(
      w.last.series.contains("sluice_last_success_timestamp_seconds{connection=\"customers\"}"));

  w.node.sync("customers", {}, 7);
  w.scrape_until([&](const auto&) { return w.runs("succeeded") == 1; });
  CHECK(w.of("sluice_rows_read_total") == 1000);
  CHECK(w.rows("delivered") == 999);
  CHECK(w.rows("rejected") == 1);
  CHECK(w.of("sluice_rejected_rows") == 1);
  CHECK(w.of("sluice_ledger_rows") == 999);
  CHECK(w.of("sluice_reading_seconds_total") > 0);
  CHECK(w.of("sluice_delivering_seconds_total") > 0);
  CHECK(w.of("sluice_last_success_timestamp_seconds") > w.last.at("process_start_time_seconds"));

  w.source.run({"UPDATE customers SET name = 'changed' WHERE id <= 10",
                "DELETE FROM customers WHERE id > 990"});
  w.node.sync("customers", {}, 7);
  w.scrape_until([&](const auto&) { return w.runs("succeeded") == 2; });
  CHECK(w.of("sluice_rows_read_total") == 1990);
  CHECK(w.rows("unchanged") == 979);
  CHECK(w.last.at("sluice_deltas_total{connection=\"customers\",operation=\"update\"}") == 10);
  CHECK(w.last.at("sluice_deltas_total{connection=\"customers\",operation=\"delete\"}") == 10);
  CHECK(w.of("sluice_ledger_rows") == 989);
  CHECK(w.of("sluice_in_flight_rows") == 0);

  // The next process begins at zero, and knows of the last success.
  const auto success = w.of("sluice_last_success_timestamp_seconds");
  CHECK(w.node.terminate() == 0);
  w.node.start();
  w.last = {};
  w.scrape();
  CHECK(w.runs("succeeded") == 0);
  CHECK(w.of("sluice_rows_read_total") == 0);
  CHECK(w.of("sluice_ledger_rows") == 989);
  CHECK(w.of("sluice_last_success_timestamp_seconds") == success);
}

TEST_CASE("metrics show a run while it goes on, and no counter goes back when it ends") {
  watched_node w(3000);
  w.config["delivery"] = {{"writers", 1}, {"batch_rows", 50}, {"window", 4}};
  w.api.handle(
      [](const test::http_request& r) { return test::http_reply{.hold = r.number == 20}; });
  w.start();
  const auto run = w.node.json({"sync", "customers"});
  w.scrape_until([&](const auto&) { return w.rows("delivered") > 0; });
  REQUIRE(w.api.wait_for_requests(20, 10s));
  w.scrape_until([&](const auto&) { return w.of("sluice_in_flight_batches") > 0; });
  CHECK(w.is("running") == 1);
  CHECK(w.last.at("sluice_running_syncs") == 1);
  CHECK(w.of("sluice_in_flight_rows") > 0);
  CHECK(w.runs("succeeded") == 0);
  const auto held = w.of("sluice_delivering_seconds_total");
  w.scrape();
  CHECK(w.of("sluice_delivering_seconds_total") > held);
  w.api.release();
  w.scrape_until([&](const auto&) { return w.runs("succeeded") == 1; });
  CHECK(w.rows("delivered") == 3000);
  // One run after another, watched all the time.
  for (int i = 0; i < 5; ++i) {
    const auto other = w.node.begin({"sync", "customers", "--wait"});
    w.scrape_until([&](const auto&) { return w.runs("succeeded") == i + 2; });
    CHECK(other->wait(10s)->exit_code == 0);
  }
  CHECK(w.of("sluice_rows_read_total") == 18000);
  CHECK(w.rows("unchanged") == 15000);
}

TEST_CASE("waits for a rate limit and for a failing API are told apart") {
  watched_node w(500);
  w.config["destination"]["rate_limit"] = {{"requests", 5}, {"per", "100ms"}};
  // Waits begin at zero: four of them, and not all are shorter than the clock's millisecond.
  w.config["destination"]["retry"] = {{"base", "40ms"}, {"cap", "80ms"}, {"give_up_after", "30s"}};
  w.api.enqueue({.status = 500}, 4);
  w.start();
  w.node.sync("customers");
  w.scrape();
  const std::string waits =
      "sluice_destination_wait_seconds_total{connection=\"customers\",reason=";
  // 14 requests, five in any 100 ms.
  CHECK(w.last.at(waits + "\"rate_limit\"}") > 0.1);
  CHECK(w.last.at(waits + "\"retry\"}") > 0);
  CHECK(w.last.at(waits + "\"retry\"}") < 1);
}

TEST_CASE("a node that ends is healthy and not ready, and tells of its drain") {
  watched_node w(200);
  w.api.handle([](const test::http_request& r) { return test::http_reply{.hold = r.number == 1}; });
  w.start();
  CHECK(w.page("/healthz").status == 200);
  CHECK(w.page("/readyz").status == 200);
  w.node.json({"sync", "customers"});
  REQUIRE(w.api.wait_for_requests(1, 10s));
  w.node.node().signal(SIGTERM);
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (w.page("/readyz").status != 503) REQUIRE(std::chrono::steady_clock::now() < end);
  CHECK(w.page("/readyz").body == "ending: no run is started any more\n");
  CHECK(w.page("/healthz").status == 200);
  w.scrape_until([&](const auto&) { return w.is("draining") == 1; });
  CHECK(w.of("sluice_in_flight_rows") > 0);
  w.api.release();
  const auto ended = w.node.node().wait(30s);
  REQUIRE(ended);
  CHECK(ended->exit_code == 0);
  CHECK_THROWS(w.page("/healthz"));
}

TEST_CASE("silent clients do not keep those who watch waiting") {
  watched_node w(10);
  w.start();
  std::list<test::http_visitor> silent;
  for (int i = 0; i < 200; ++i) silent.emplace_back(w.port);
  for (int i = 0; i < 200; ++i)
    CHECK(silent.emplace_back(w.port).say("GET /metrics HTTP/1.1\r\nHost: "));
  CHECK(w.page("/healthz").status == 200);
  CHECK(w.page("/readyz").status == 200);
  w.scrape();
  CHECK(w.node.sync("customers")["delivered"] == 10);
}

TEST_CASE("pages that are not there, and changes, are refused") {
  watched_node w(10);
  w.start();
  CHECK(w.page("/").status == 404);
  CHECK(w.page("/metrics/x").status == 404);
  CHECK(test::get(w.port, "/metrics", "POST").status == 405);
  CHECK(test::get(w.port, "/readyz", "DELETE").status == 405);
  const auto head = test::get(w.port, "/metrics", "HEAD");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
}

TEST_CASE("a node whose HTTP port is taken does not start and says how to go on") {
  watched_node first(10);
  first.start();
  test::node_fixture second;
  second.settings = first.node.settings;
  const auto refused = second.start_and_fail();
  CHECK(refused.exit_code == 1);
  CHECK(refused.errors.find("listen at 'http://127.0.0.1:" + std::to_string(first.port) +
                            "': Address already in use") != std::string::npos);
  CHECK(refused.errors.find("`http.listen`") != std::string::npos);
  CHECK(refused.output.find("ready") == std::string::npos);
}
