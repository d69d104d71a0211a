#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::asks;
using test::example_connection;
using test::json_of;
using test::rendered;

namespace {

connection_status status_in(const connection_name& name,
                            connection_state state = connection_state::idle) {
  connection_status c;
  c.connection = name;
  c.state = state;
  c.node = "alpha";
  return c;
}

std::vector<connection_status> three() {
  return {status_in("customers"), status_in("orders", connection_state::running),
          status_in("users")};
}

std::vector<std::string> names(const web::response& r) {
  std::vector<std::string> out;
  const auto page = json_of(r);
  for (const auto& each : page["items"]) out.push_back(each["connection"]);
  return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(api_fixture, "connections are listed by name, page by page") {
  const auto first = rendered(question("GET", "/api/v1/connections?limit=2"), three());
  CHECK(names(first) == texts{"customers", "orders"});
  CHECK(json_of(first)["next_cursor"] == "orders");
  CHECK(test::header_of(first, "Link") ==
        "</api/v1/connections?limit=2&cursor=orders>; rel=\"next\"");
  const auto last = rendered(question("GET", "/api/v1/connections?limit=2&cursor=orders"), three());
  CHECK(names(last) == texts{"users"});
  CHECK(json_of(last)["next_cursor"].is_null());
  CHECK(test::header_of(last, "Link") == "");
  CHECK(names(rendered(question("GET", "/api/v1/connections?limit=3"), three())).size() == 3);
}

TEST_CASE_FIXTURE(api_fixture, "connections are filtered by state and by a part of the name") {
  const auto listed = [&](const std::string& query) {
    return names(rendered(question("GET", "/api/v1/connections?" + query), three()));
  };
  CHECK(listed("state=running") == texts{"orders"});
  CHECK(listed("state=running&state=idle").size() == 3);
  CHECK(listed("q=ers") == texts{"customers", "orders", "users"});
  CHECK(listed("q=order&state=idle").empty());
  CHECK(answer("GET", "/api/v1/connections?state=busy").status == 400);
  CHECK(answer("GET", "/api/v1/connections?limit=501").status == 400);
}

TEST_CASE_FIXTURE(api_fixture, "a connection is what the command line prints of it") {
  const auto q = question("GET", example_connection);
  CHECK(asks<command::status>(q).connection == "orders");
  const auto r = rendered(q, status_in("orders"));
  CHECK(r.status == 200);
  CHECK(test::header_of(r, "Content-Type") == "application/json");
  CHECK(test::header_of(r, "Cache-Control") == "no-store");
  CHECK(json_of(r)["state"] == "idle");
  CHECK(answer("GET", example_connection + "?x=1").status == 400);
}

TEST_CASE_FIXTURE(api_fixture, "enabling and disabling answer the state after it") {
  const auto enable = question("POST", example_connection + "/enable");
  CHECK(asks<command::enable>(enable).connection == "orders");
  CHECK(enable.change == "enable orders");
  CHECK(json_of(rendered(enable, status_in("orders")))["connection"] == "orders");
  const auto disable = question("POST", example_connection + "/disable", "{}");
  CHECK(asks<command::disable>(disable).connection == "orders");
  CHECK(answer("POST", example_connection + "/disable", R"({"force": true})").status == 400);
}

TEST_CASE_FIXTURE(api_fixture, "a reset has to be confirmed with the name") {
  for (const std::string body : {"", "{}", R"({"confirm": "Orders"})", R"({"confirm": true})"}) {
    const auto r = answer("POST", example_connection + "/reset", body);
    CHECK_MESSAGE(r.status == 400, body);
    CHECK(json_of(r)["errors"][0]["pointer"] == "/confirm");
  }
  const auto q = question("POST", example_connection + "/reset", R"({"confirm": "orders"})");
  CHECK(asks<command::reset>(q).connection == "orders");
  CHECK_FALSE(q.after_answer);
}

TEST_CASE_FIXTURE(api_fixture,
                  "a reset with the rows assumed as delivered starts the run for that") {
  const auto q = question("POST", example_connection + "/reset",
                          R"({"confirm": "orders", "assume_synced": true})");
  CHECK(std::holds_alternative<command::reset>(q.ask));
  const auto start = q.after_answer(status_in("orders"));
  REQUIRE(start);
  CHECK(asks<command::start>(*start).how.assume_synced);
  CHECK(asks<command::start>(*start).how.requested_by == "airflow");
  const auto look = start->after_answer(test::example_run());
  REQUIRE(look);
  CHECK(std::holds_alternative<command::status>(look->ask));
  CHECK(json_of(rendered(*look, status_in("orders")))["connection"] == "orders");
}

TEST_CASE_FIXTURE(api_fixture, "a preview ends with its client, and shows keys as they are") {
  const auto q =
      question("POST", example_connection + "/preview", R"({"full": true, "samples": 7})");
  CHECK(asks<command::preview>(q).how.full);
  CHECK(asks<command::preview>(q).how.samples == 7);
  CHECK(q.dies_with_client);
  preview_result result;
  result.samples.push_back({"insert", R"({"id":12345678901234567890123})", "POST x", ""});
  const auto r = rendered(q, result);
  CHECK(r.body.find(R"("key":{"id":12345678901234567890123})") != std::string::npos);
  CHECK(json_of(r)["samples"][0]["key_text"] == R"({"id":12345678901234567890123})");
  CHECK(answer("POST", example_connection + "/preview", R"({"samples": 101})").status == 400);
  const auto failed = q.refuse({errc::source_failed, "read model", "orders", "no table", ""});
  CHECK(failed.status == 502);
}

TEST_CASE_FIXTURE(api_fixture, "the configuration comes with its file") {
  const auto q = question("GET", example_connection + "/config");
  CHECK(asks<command::configuration>(q).connection == "orders");
  const auto r =
      rendered(q, shown_configuration{"/etc/orders.json", R"({"name": "orders", "z": 1, "a": 2})"});
  CHECK(r.body == R"({"file":"/etc/orders.json","name":"orders","z":1,"a":2})");
}
