// Rows on their way to HTTP APIs, driven by the real binary.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <fstream>
#include <mutex>

#include "tests/e2e/customers_api.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_server.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json to_api(const test::database_fixture& from, const test::http_server& api) {
  auto config = test::mirror_customers(from, api);
  config["destination"]["headers"] = {{"Authorization", "Bearer ${env:API_TOKEN}"}};
  config["destination"]["idempotency_header"] = "Idempotency-Key";
  return config;
}

/// A node that mirrors `rows` customers of an SQLite table into an API.
struct mirrored_api {
  explicit mirrored_api(int rows) {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, rows)});
    node.environment["API_TOKEN"] = token;
    config = to_api(source, api.server);
  }
  void start() {
    node.connection("customers", config);
    node.start();
  }
  void check_converged() {
    // In parentheses: a difference would print every row.
    CHECK((api.customers() == test::customers_of(source)));
  }

  static constexpr auto token = "CANARY_API_TOKEN_31415926";
  test::database_fixture source{odbc::product::sqlite};
  test::customers_api api;
  test::node_fixture node;
  json config;
};

}  // namespace

TEST_CASE("an API mirrors every database in full and incremental runs") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    const test::database_fixture source(kind);
    source.run({test::customers_table, test::fill_customers(kind, 1000)});
    test::customers_api api;
    test::node_fixture node;
    node.environment["API_TOKEN"] = mirrored_api::token;
    node.connection("customers", to_api(source, api.server));
    node.start();
    const auto full = node.sync("customers");
    test::check_adds_up(full);
    CHECK(full["delivered"] == 1000);
    CHECK((api.customers() == test::customers_of(source)));
    CHECK(api.server.requests().size() <=
          22);  // two writers, each with a last one that is not full

    source.run({"UPDATE customers SET name = 'changed' WHERE id <= 10",
                "DELETE FROM customers WHERE id > 990",
                "INSERT INTO customers VALUES (5000, NULL, NULL)"});
    const auto incremental = node.sync("customers");
    CHECK(incremental["updates"] == 10);
    CHECK(incremental["deletes"] == 10);
    CHECK(incremental["inserts"] == 1);
    CHECK((api.customers() == test::customers_of(source)));
    CHECK(node.terminate() == 0);
    for (const auto& r : api.server.requests())
      CHECK(r.headers.value("Authorization") == std::string("Bearer ") + mirrored_api::token);
  }
}

TEST_CASE("rows that an API refuses are listed with its status and words until it takes them") {
  mirrored_api m(200);
  std::atomic<bool> strict{true};
  m.api.server.handle([&](const test::http_request& r) {
    const bool bad = strict && r.body.find("\"id\":77,") != std::string::npos;
    return bad ? test::http_reply{.status = 422, .body = R"({"message": "no such country"})"}
               : test::http_reply{};
  });
  m.start();
  auto run = m.node.sync("customers", {}, 7);
  CHECK(run["rejected"] == 1);
  CHECK(run["delivered"] == 199);
  m.node.sync("customers", {}, 7);  // offered again, refused again
  const auto rejected = m.node.json({"rejected", "customers"});
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0]["key"] == json{{"id", 77}});
  CHECK(rejected[0]["status"] == 422);
  CHECK(rejected[0]["attempts"] == 2);
  CHECK(test::contains(rejected[0]["reason"], "no such country"));
  strict = false;
  CHECK(m.node.sync("customers")["delivered"] == 1);
  CHECK(m.node.json({"rejected", "customers"}).empty());
  m.check_converged();
}

TEST_CASE("one row goes out again with what became of it, and some rows are a run of their own") {
  mirrored_api m(200);
  std::atomic<bool> strict{false};
  m.api.server.handle([&](const test::http_request& r) {
    const bool bad = strict && r.body.find("\"id\":77,") != std::string::npos;
    return bad ? test::http_reply{.status = 422, .body = R"({"message": "no such country"})"}
               : test::http_reply{};
  });
  m.start();
  const auto some = m.node.sluice({"sync", "customers", "--limit", "50", "--wait", "--json"});
  CHECK(some.exit_code == 0);
  CHECK(json::parse(some.output)["delivered"] == 50);
  CHECK(json::parse(some.output)["state"] == "stopped");
  CHECK(m.node.sync("customers")["delivered"] == 150);
  m.check_converged();

  strict = true;
  const auto seen = m.api.server.requests().size();
  const auto named = m.node.sluice({"sync", "customers", "--key", R"({"id": 7})", "--key",
                                    R"({"id": 77})", "--key", R"({"id": 9999})"});
  CHECK(named.exit_code == 7);
  CHECK(test::contains(named.output, "delivered update {\"id\":7}\n"));
  CHECK(test::contains(named.output, "rejected update {\"id\":77}: 422 "));
  CHECK(test::contains(named.output, "no such country"));
  CHECK(test::contains(named.output, "no row with the key {\"id\":9999}"));
  // What went out, as for the row alone, and what came back; no secret in either.
  CHECK(test::contains(named.output, "  > POST http"));
  CHECK(test::contains(named.output, "/customers\n"));
  CHECK(test::contains(named.output, R"(  < HTTP 422 Unprocessable Content: {"message": )"));
  CHECK_FALSE(test::contains(named.output, "CANARY"));
  for (std::size_t i = seen; i < m.api.server.requests().size(); ++i)
    CHECK_FALSE(test::contains(m.api.server.requests()[i].body, "\"id\":8,"));
  // What was rejected and then delivered by its key is not listed any more.
  CHECK(m.node.json({"rejected", "customers"}).size() == 1);
  CHECK(m.node.sluice({"sync", "customers", "--key", R"({"id": 8})"}).exit_code == 0);
  CHECK(m.node.json({"rejected", "customers"}).size() == 1);
  strict = false;
  CHECK(m.node.sluice({"sync", "customers", "--key", R"({"id": 77})"}).exit_code == 0);
  CHECK(m.node.json({"rejected", "customers"}).empty());
  const auto wrong = m.node.sluice({"sync", "customers", "--key", R"({"name": "x"})"});
  CHECK(wrong.exit_code == 1);
  CHECK(test::contains(wrong.output, "column 'id' of the key is missing"));
}

TEST_CASE("refused credentials fail the run with a hint and reject nothing") {
  mirrored_api m(200);
  m.api.server.enqueue({.status = 401, .body = R"({"message": "token expired"})"}, 4);
  m.start();
  const auto run = m.node.sync("customers", {}, 1);
  CHECK(run["state"] == "failed");
  CHECK(run["rejected"] == 0);
  CHECK(run["undelivered"].get<int>() > 0);
  CHECK(test::contains(run["error"]["message"], "token expired"));
  CHECK(test::contains(run["error"]["hint"], "credentials"));
  CHECK(m.node.json({"rejected", "customers"}).empty());
  // Other answers of the queue may be left.
  while (m.node.sluice({"sync", "customers", "--wait"}).exit_code != 0) {
  }
  m.check_converged();
}

TEST_CASE("a row that always fails holds up neither other rows nor deletes, and is named") {
  mirrored_api m(300);
  std::atomic<bool> fails{true};
  m.api.server.handle([&](const test::http_request& r) {
    const bool bad = fails && r.body.find("\"id\":77,") != std::string::npos;
    return bad ? test::http_reply{.status = 500, .body = R"({"message": "reference 8f1"})"}
               : test::http_reply{};
  });
  m.start();
  auto run = m.node.sync("customers", {}, 7);
  test::check_adds_up(run);
  CHECK(run["state"] == "succeeded");
  CHECK(run["delivered"] == 299);
  CHECK(run["rejected"] == 1);
  const auto rejected = m.node.json({"rejected", "customers"});
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0]["key"] == json{{"id", 77}});
  CHECK(rejected[0]["status"] == 500);
  CHECK(test::contains(rejected[0]["reason"], "in doubt"));
  CHECK(rejected[0]["in_doubt"] == true);
  CHECK(test::contains(rejected[0]["reason"], "reference 8f1"));

  // Its row is the only one that is written; the deletes are sent though it fails.
  m.source.run({"DELETE FROM customers WHERE id > 290"});
  run = m.node.sync("customers", {}, 7);
  test::check_adds_up(run);
  CHECK(run["deletes"] == 10);
  CHECK(run["delivered"] == 10);
  CHECK(m.api.customers().size() == 289);
  fails = false;
  CHECK(m.node.sync("customers")["delivered"] == 1);
  CHECK(m.node.json({"rejected", "customers"}).empty());
  m.check_converged();
}

TEST_CASE("a wait that is longer than a run may last ends it, and the schedule waits as long") {
  mirrored_api m(20);
  m.config["schedule"] = {{"cron", "0 0 1 1 *"}};
  m.api.server.enqueue({.status = 430, .headers = {{"Retry-After", "63072000"}}, .body = "later"});
  m.start();
  const auto run = m.node.sync("customers", {}, 1);
  CHECK(run["rejected"] == 0);
  CHECK(test::contains(run["error"]["message"], "later"));
  CHECK(test::contains(run["error"]["message"], "wants to be asked again at 2"));
  // Two years are longer than until any new year.
  const auto next = m.node.json({"status", "customers"})["next_run_at"].get<std::string>();
  CHECK(test::contains(run["error"]["message"], next));
  // By hand it is asked at once.
  m.node.sync("customers");
  m.check_converged();
}

TEST_CASE("a run whose every row is refused in the same words ends early and says them") {
  mirrored_api m(8000);
  m.api.server.otherwise({.status = 400, .body = "plain HTTP request was sent to HTTPS port"});
  m.api.server.handle(nullptr);
  m.start();
  const auto run = m.node.sync("customers", {}, 1);
  test::check_adds_up(run);
  CHECK(run["state"] == "failed");
  CHECK(run["error"]["code"] == "guarded");
  CHECK(run["undelivered"].get<int>() > 0);
  CHECK(run["delivered"] == 0);
  CHECK(test::contains(run["error"]["message"], "max_rejected_percent"));
  CHECK(test::contains(run["error"]["message"], "HTTPS port"));
}

TEST_CASE("a stop during an outage gives up the drain in time and the next sync loses nothing") {
  mirrored_api m(2000);
  m.config["delivery"] = {{"drain_timeout", "200ms"}};
  m.config["destination"]["retry"]["cap"] = "4s";
  std::atomic<bool> down{false};
  m.api.server.handle([&](const test::http_request& r) {
    if (r.number > 5) down = true;
    return down ? test::http_reply{.status = 503, .headers = {{"Retry-After", "4"}}}
                : test::http_reply{};
  });
  m.start();
  m.node.json({"sync", "customers"});
  REQUIRE(m.api.server.wait_for_requests(6, 10s));
  const auto begin = std::chrono::steady_clock::now();
  const auto stopped = m.node.json({"stop", "customers", "--yes", "--wait"});
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
  CHECK(stopped["state"] == "stopped");
  CHECK(stopped["undelivered"].get<int>() > 0);
  test::check_adds_up(stopped);

  m.api.server.handle(nullptr);
  const auto next = m.node.sync("customers");
  CHECK(next["type"] == "full");
  CHECK(next["continues"] == stopped["run"]);
  m.check_converged();
}

TEST_CASE("a drain that is given up ends the wait for the API at once") {
  mirrored_api m(2000);
  m.config["destination"]["retry"]["cap"] = "60s";
  m.config["destination"]["retry"]["give_up_after"] = "10m";
  m.api.server.otherwise({.status = 503, .headers = {{"Retry-After", "60"}}});
  m.start();
  m.node.json({"sync", "customers"});
  REQUIRE(m.api.server.wait_for_requests(1, 10s));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(m.node.json({"stop", "customers", "--yes", "--now", "--wait"})["state"] == "stopped");
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("a drain keeps to the rate that the API allows, and tells how long that takes") {
  mirrored_api m(2000);
  m.config["destination"]["rate_limit"] = {{"requests", 10}, {"per", "500ms"}};
  m.start();
  m.node.json({"sync", "customers"});
  REQUIRE(m.api.server.wait_for_requests(3, 10s));
  const auto stopping = m.node.json({"stop", "customers", "--yes"});
  CHECK(stopping["state"] == "draining");
  // 1,000 rows a second.
  CHECK(stopping["drain_expected_ms"] > 100);
  CHECK(stopping["drain_expected_ms"] <= 2000);
  const auto stopped =
      m.node.wait_for("customers", [](const json& s) { return s["state"] == "idle"; })["run"];
  CHECK(stopped["state"] == "stopped");
  CHECK(stopped["undelivered"] == 0);
  CHECK(stopped["drain_expected_ms"].is_null());
  CHECK(m.api.server.requests().size() * 50 >= stopped["delivered"].get<std::size_t>());
}

TEST_CASE("an outage past give_up_after fails the run, and everything is offered again") {
  mirrored_api m(500);
  m.config["destination"]["retry"]["give_up_after"] = "200ms";
  m.api.server.stop_listening();
  m.start();
  const auto run = m.node.sync("customers", {}, 1);
  CHECK(run["state"] == "failed");
  CHECK(run["delivered"] == 0);
  CHECK(test::contains(run["error"]["message"], "no request has succeeded for 200ms"));
  CHECK(test::contains(run["error"]["hint"], "give_up_after"));
  m.api.server.listen_again();
  CHECK(m.node.sync("customers")["delivered"] == 500);
  m.check_converged();
}

TEST_CASE("an outage shorter than give_up_after is sat out and said in the log") {
  mirrored_api m(500);
  m.api.server.enqueue({.status = 500}, 12);
  m.start();
  CHECK(m.node.sync("customers")["delivered"] == 500);
  m.check_converged();
  m.node.node().signal(SIGTERM);
  const auto ended = m.node.node().wait(10s);
  REQUIRE(ended);
  CHECK(ended->errors.find("the destination fails (HTTP 500") != std::string::npos);
  CHECK(ended->errors.find("the destination answers again") != std::string::npos);
}

TEST_CASE("a node killed while an API works loses nothing") {
  mirrored_api m(2000);
  m.api.server.handle([&](const test::http_request& r) {
    return r.number == 7 ? test::http_reply{.hold = true} : test::http_reply{};
  });
  m.start();
  m.node.json({"sync", "customers"});
  REQUIRE(m.api.server.wait_for_requests(7, 10s));
  m.node.kill();
  m.api.server.release();
  m.api.server.handle(nullptr);
  m.node.start();
  const auto run = m.node.sync("customers");
  CHECK(run["type"] == "full");
  m.check_converged();
}

TEST_CASE("a token appears in no output, no log line and no file of the node") {
  mirrored_api m(100);
  m.api.server.handle([&](const test::http_request& r) {
    // An API that repeats what it was sent.
    return test::http_reply{.status = r.number % 2 == 0 ? 422 : 200,
                            .body = "seen: " + r.headers.value("Authorization")};
  });
  m.start();
  std::string seen;
  for (const auto& command :
       std::vector<std::vector<std::string>>{{"sync", "customers", "--watch"},
                                             {"status", "customers"},
                                             {"runs", "customers"},
                                             {"rejected", "customers"},
                                             {"rejected", "customers", "--json"},
                                             {"connections"}}) {
    const auto ended = m.node.sluice(command);
    seen += ended.output + ended.errors;
  }
  CHECK(seen.find("seen: Bearer ***") != std::string::npos);
  m.api.server.handle([](const test::http_request& r) {
    return test::http_reply{.status = 401, .body = r.headers.value("Authorization")};
  });
  const auto failed = m.node.sluice({"sync", "customers", "--full", "--wait"});
  seen += failed.output + failed.errors;
  m.node.node().signal(SIGTERM);
  const auto ended = m.node.node().wait(10s);
  REQUIRE(ended);
  seen += ended->output + ended->errors;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(m.node.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    seen.append(std::istreambuf_iterator<char>(file), {});
  }
  CHECK(seen.find(mirrored_api::token) == std::string::npos);
}

TEST_CASE("check tells whether an API can be reached, and sends it nothing") {
  mirrored_api m(10);
  m.node.connection("customers", m.config);
  m.start();  // writes the configuration
  const auto check = [&] {
    return test::run_program({.program = SLUICE_BINARY,
                              .arguments = {"check", "--config", m.node.config_file().string()},
                              .environment = {{"API_TOKEN", mirrored_api::token}}});
  };
  const auto good = check();
  CHECK(good.exit_code == 0);
  CHECK(m.api.server.requests().empty());
  m.api.server.stop_listening();
  const auto bad = check();
  CHECK(bad.exit_code == 1);
  CHECK(bad.output.find("check destination.upsert.url") != std::string::npos);
}
