// Bodies other than a batch of JSON, delivered.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/runtime/config/config_folder.hpp"
#include "tests/runtime/destinations/http_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// The example of the reference page that begins with this comment, its API at `server`.
config::http_config example(const std::string& name, const http_server& server) {
  std::ifstream in(std::filesystem::path(SLUICE_SOURCE_DIR) / "config/reference.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const auto begin = page.find("// connections/" + name);
  REQUIRE(begin != std::string::npos);
  auto text = page.substr(begin, page.find("\n```\n", begin) - begin);
  const std::string host = "https://crm.example.com";
  for (auto at = text.find(host); at != std::string::npos; at = text.find(host, at))
    text.replace(at, host.size(),
                 server.url("").substr(0, server.url("").find_last_not_of('/') + 1));
  const config_folder folder;
  folder.write("connections/customers.json", text);
  return std::get<config::http_config>(folder.customers().destination.kind);
}

batch_outcome deliver(const config::http_config& config, int rows) {
  const auto way = make_way_in(config);
  auto context = person_context();
  way->open(context, {});
  return way->deliver(persons(rows));
}

}  // namespace

TEST_CASE("GraphQL's 200 with errors is no delivery; each of its results counts for its row") {
  const variable token("CRM_TOKEN", "x");
  http_server server;
  auto config = example("graphql.json", server);
  config.retry = {.base = 1ms, .cap = 1ms, .give_up_after = 5s};
  server.enqueue(
      {.body = R"({"errors": [{"message": "slow down", "extensions": {"code": "THROTTLED"}}]})"});
  server.enqueue({.body = R"({"data": {"upsertPeople": [{"status": "OK"},
                              {"status": "FAILED", "message": "no such address"}]}})"});
  const auto outcome = deliver(config, 2);
  // The answer that was slowed down does not say that nothing was written.
  CHECK(outcome.fates == std::vector{fate::delivered, fate::unknown});
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].reason.find("no such address") != std::string::npos);
  REQUIRE(server.requests().size() == 2);
  const auto sent = nlohmann::json::parse(server.requests()[1].body);
  CHECK(sent["variables"]["people"].size() == 2);

  server.enqueue(
      {.body = R"({"errors": [{"message": "who?", "extensions": {"code": "UNAUTHENTICATED"}}]})"});
  CHECK(deliver(config, 1).failed.hint.find("credentials") != std::string::npos);
  server.enqueue({.body = R"({"errors": [{"message": "Unknown type PersonInput"}]})"}, 1);
  CHECK(deliver(config, 1).fates == std::vector{fate::rejected});
}

TEST_CASE("a form is compressed like any other body") {
  http_server server;
  auto config = people_config(server);
  config.gzip = true;
  config.requests[0].format = config::body_format::form;
  config.requests[0].body = R"({"people": "{{rows}}"})";
  CHECK(deliver(config, 2).fates == std::vector(2, fate::delivered));
  const auto request = server.requests().at(0);
  CHECK(request.gzip);
  CHECK(request.body.starts_with("people=%5B%7B%22id%22%3A1%2C"));
}
