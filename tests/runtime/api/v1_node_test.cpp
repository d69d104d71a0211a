#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::asks;
using test::json_of;
using test::rendered;

TEST_CASE_FIXTURE(api_fixture, "the nodes are what the command line prints") {
  const auto q = question("GET", "/api/v1/nodes");
  CHECK(std::holds_alternative<command::nodes>(q.ask));
  node_status node;
  node.node = "alpha";
  node.link = link_state::self;
  CHECK(json_of(rendered(q, std::vector{node}))["items"][0]["link"] == "self");
}

TEST_CASE_FIXTURE(api_fixture, "the node that answers is the one that knows itself as such") {
  const auto q = question("GET", "/api/v1/node");
  node_status other;
  other.node = "beta";
  node_status self;
  self.node = "alpha";
  self.version = "0.2.0";
  self.link = link_state::self;
  const auto then = q.after_answer(std::vector{other, self});
  REQUIRE(then);
  std::vector<connection_status> connections(4);
  for (auto& c : connections) {
    c.node = "alpha";
    c.run = test::example_run(run_state::draining);
  }
  connections[1].run->state = run_state::stopped;
  connections[2].run.reset();
  connections[3].node = "beta";
  const auto body = json_of(rendered(*then, connections));
  CHECK(body["node"] == "alpha");
  CHECK(body["version"] == "0.2.0");
  CHECK(body["ending"] == false);
  CHECK(body["running_syncs"] == 1);
  CHECK_FALSE(q.after_answer(std::vector{other}));
  CHECK(rendered(q, std::vector{other}).status == 500);
}

TEST_CASE_FIXTURE(api_fixture, "the credentials are what the command line prints") {
  const auto q = question("GET", "/api/v1/credentials");
  CHECK(std::holds_alternative<command::credentials>(q.ask));
  const credential_status crm{
      "crm",
      "oauth2",
      std::nullopt,
      {.problem = {errc::destination_failed, "get token", "crm", "invalid_client", "ask"}}};
  const auto items = json_of(rendered(q, std::vector{crm}))["items"];
  REQUIRE(items.size() == 1);
  CHECK(items[0]["credential"] == "crm");
  CHECK(items[0]["ends_at"].is_null());
  CHECK(items[0]["error"]["message"] == "get token 'crm': invalid_client");
}

TEST_CASE_FIXTURE(api_fixture, "a reload tells what it did, or every problem") {
  const auto q = question("POST", "/api/v1/reload");
  CHECK(q.change == "reload");
  reload_report report;
  report.added = {"orders"};
  CHECK(json_of(rendered(q, report))["added"][0] == "orders");
  report.problems = {"node.json:/listen: is missing", "b.json: is no JSON"};
  const auto r = rendered(q, report);
  CHECK(r.status == 422);
  CHECK(json_of(r)["code"] == "invalid_config");
  CHECK(json_of(r)["errors"].size() == 2);
  CHECK(json_of(r)["errors"][1]["detail"] == "b.json: is no JSON");
}

TEST_CASE_FIXTURE(api_fixture, "events are watched of one connection or of all") {
  const auto watch = [&](const std::string& target, const std::string& last = "") {
    auto r = test::request_of(test::blind_token, "GET", target);
    if (!last.empty()) r.headers.emplace("last-event-id", last);
    return std::get<api::watch>(understand(r).asks_for);
  };
  CHECK(watch("/api/v1/events").connection == "");
  CHECK_FALSE(watch("/api/v1/events").missed);
  CHECK(watch("/api/v1/events?connection=orders", "7").connection == "orders");
  CHECK(watch("/api/v1/events", "7").missed);
  CHECK(answer("GET", "/api/v1/events?connection=..").status == 404);
  CHECK(answer("GET", "/api/v1/events?conection=orders").status == 400);
}
