// Look-ups that fail, wait, or are stopped: no row is lost, and none is in doubt.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "runtime/credentials/credential.hpp"
#include "runtime/destinations/http_destination.hpp"
#include "tests/runtime/destinations/lookup_fixture.hpp"
#include "tests/support/token_server.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct shop : accounts_api {
  shop() {
    open_account("acme", 900);
    open_account("globex", 901);
  }
};

bool asks_for(const http_request& request, const std::string& name) {
  return request.target == "/accounts?name=" + name;
}

}  // namespace

TEST_CASE_FIXTURE(shop,
                  "a look-up that may succeed later is asked again, whatever it was answered") {
  for (const auto& reply :
       {http_reply{.status = 500}, http_reply{.status = 503}, http_reply{.status = 429},
        http_reply{.status = 408}, http_reply{.behaviour = http_behaviour::reset_before_applying},
        http_reply{.behaviour = http_behaviour::reset_after_applying}}) {
    CAPTURE(reply.status);
    const auto before = asked().size();
    server.enqueue(reply, 2);
    const auto outcome =
        open_way_in(lookup_config(server))->deliver(people_called({"acme", "acme"}));
    CHECK(count(outcome, fate::delivered) == 2);
    CHECK(outcome.rejections.empty());
    CHECK(asked().size() - before == 3);
  }
}

TEST_CASE_FIXTURE(shop, "an API that is away fails the destination, and leaves no row in doubt") {
  server.handle([](const http_request&) { return http_reply{.status = 503, .body = "sorry"}; });
  const auto way = open_way_in(lookup_config(server, 200ms));
  const auto people = people_called({"acme", "globex"});
  auto outcome = way->deliver(people);
  if (!outcome.failed) {  // the rows failed alone before the patience had ended
    for (const auto& each : outcome.rejections) CHECK(each.unproven);
    CHECK(count(outcome, fate::undelivered) == 2);
    outcome = way->deliver_again(people);
  }
  CHECK(outcome.failed.code == errc::destination_failed);
  CHECK(contains(outcome.failed.text(), "GET " + server.url("/accounts")));
  CHECK(contains(outcome.failed.text(), "sorry"));
  CHECK(count(outcome, fate::undelivered) == 2);
  CHECK(outcome.rejections.empty());
  CHECK(writes() == 0);
}

TEST_CASE_FIXTURE(shop, "an API that asks to be left alone for long is, and says until when") {
  server.enqueue({.status = 429, .headers = {{"Retry-After", "3600"}}}, 3);
  const auto outcome = open_way_in(lookup_config(server, 1s))->deliver(people_called({"acme"}));
  CHECK(outcome.failed.code == errc::destination_failed);
  CHECK(outcome.ask_again_at);
  CHECK(count(outcome, fate::undelivered) == 1);
}

TEST_CASE_FIXTURE(shop, "a look-up that is refused rejects its rows with the words of the API") {
  server.handle([](const http_request& r) {
    if (asks_for(r, "acme"))
      return http_reply{.status = 422, .body = R"({"message": "which acme?"})"};
    return http_reply{.body = R"({"results": [{"id": 1}]})"};
  });
  const auto outcome =
      open_way_in(lookup_config(server))->deliver(people_called({"acme", "other", "acme"}));
  CHECK(outcome.fates == std::vector{fate::rejected, fate::delivered, fate::rejected});
  REQUIRE(outcome.rejections.size() == 2);
  CHECK(outcome.rejections[1] ==
        rejection{2, "the look-up failed: HTTP 422 Unprocessable Content: which acme?", 422});
  CHECK(writes() == 1);
}

TEST_CASE_FIXTURE(shop, "a value that is none rejects its row, and a page fails the destination") {
  open_account("acme", json::object({{"a", 1}}));
  const auto outcome = open_way_in(lookup_config(server))->deliver(people_called({"acme"}));
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(contains(outcome.rejections[0].reason, "the answer has an object at \"/results/0/id\""));

  server.handle([](const http_request&) {
    return http_reply{.headers = {{"Content-Type", "text/html"}}, .body = "<html>Sign in</html>"};
  });
  const auto lost = open_way_in(lookup_config(server))->deliver(people_called({"a", "b", "c"}));
  CHECK(contains(lost.failed.text(), "HTML page"));
  CHECK(contains(lost.failed.text(), "destination.lookup.take"));
  CHECK(count(lost, fate::unknown) == 0);
  CHECK(count(lost, fate::delivered) == 0);
  CHECK(writes() == 0);
}

TEST_CASE_FIXTURE(shop, "credentials that are refused fail the destination and reject nothing") {
  server.handle([](const http_request&) {
    return http_reply{.status = 401, .body = R"({"message": "token expired"})"};
  });
  const auto outcome =
      open_way_in(lookup_config(server))->deliver(people_called({"acme", "globex"}));
  CHECK(contains(outcome.failed.text(), "token expired"));
  CHECK(contains(outcome.failed.text(), "check the credentials"));
  CHECK(count(outcome, fate::undelivered) == 2);
  CHECK(outcome.rejections.empty());
  CHECK(server.requests().size() == 1);
}

TEST_CASE_FIXTURE(shop,
                  "a look-up shows the token of the destination, and a new one where it ended") {
  token_server tokens;
  server.handle([&](const http_request& r) {
    if (!tokens.is_good(r)) return token_server::refusal();
    return http_reply{.body = R"({"results": [{"id": 7}]})"};
  });
  config::oauth2_credential app;
  app.token_url = tokens.url();
  app.client_id = "app";
  config::credential_config settings;
  settings.kind = app;
  settings.timeout = 10s;
  settings.give_up_after = 20s;
  auto authority = credentials::make_credential(
      settings, {"app", node_name("a"), {}, log::logger({log::level::error})});
  auto config = lookup_config(server);
  config.auth.emplace().name = "app";
  const auto way =
      make_http_destination(config,
                            std::make_shared<traffic>(config, log::logger({log::level::error}),
                                                      std::make_shared<metrics::activity>()),
                            [&] { return authority; });
  way->open(person_context(), {});
  CHECK(count(way->deliver(people_called({"acme"})), fate::delivered) == 1);
  tokens.end_tokens();
  CHECK(count(way->deliver(people_called({"other"}, 2)), fate::delivered) == 1);
  CHECK(tokens.given() == 2);
  CHECK(asked().size() == 3);
}

TEST_CASE_FIXTURE(shop, "a stop while rows are looked up writes none of them and loses none") {
  std::stop_source stop;
  server.enqueue({.body = R"({"results": [{"id": 900}]})", .hold = true});
  const auto way = open_way_in(lookup_config(server), stop.get_token());
  const auto rows = people_called({"acme", "globex", "initech"});
  auto delivery = std::async(std::launch::async, [&] { return way->deliver(rows); });
  REQUIRE(server.wait_for_requests(1, 20s));
  stop.request_stop();
  server.release();
  const auto outcome = delivery.get();
  CHECK_FALSE(outcome.failed);
  CHECK(count(outcome, fate::undelivered) == 3);
  CHECK(outcome.rejections.empty());
  CHECK(server.requests().size() == 1);
}

TEST_CASE_FIXTURE(shop, "a stop ends the wait for another try of a look-up") {
  std::stop_source stop;
  auto config = lookup_config(server);
  config.retry.base = config.retry.cap = 1h;
  server.enqueue({.status = 503}, 10);
  const auto way = open_way_in(config, stop.get_token());
  const auto rows = people_called({"acme"});
  auto delivery = std::async(std::launch::async, [&] { return way->deliver(rows); });
  REQUIRE(server.wait_for_requests(1, 20s));
  stop.request_stop();
  const auto outcome = delivery.get();
  CHECK_FALSE(outcome.failed);
  CHECK(count(outcome, fate::undelivered) == 1);
}

TEST_CASE_FIXTURE(shop,
                  "a look-up that always fails holds up no other row, and is given up at last") {
  std::atomic<bool> fails{true};
  server.handle([&](const http_request& r) {
    if (fails && asks_for(r, "acme")) return http_reply{.status = 500, .body = "reference 8f1"};
    return http_reply{.body = R"({"results": [{"id": 1}]})"};
  });
  const auto way = open_way_in(lookup_config(server));
  std::vector<std::string> names{"acme"};
  for (int i = 0; i < 30; ++i) names.push_back("name" + std::to_string(i));
  names.emplace_back("acme");
  auto outcome = way->deliver(people_called(names));
  CHECK_FALSE(outcome.failed);
  CHECK(count(outcome, fate::delivered) == 30);
  CHECK(count(outcome, fate::unknown) == 0);
  REQUIRE(outcome.rejections.size() == 2);
  CHECK(outcome.rejections[0].status == 500);
  CHECK(contains(outcome.rejections[0].reason, "the look-up failed: HTTP 500"));
  CHECK(contains(outcome.rejections[1].reason, "reference 8f1"));
  // Whether that was shown yet or not, the end of the run shows it.
  outcome = way->deliver_again(people_called({"acme"}));
  CHECK(outcome.fates == std::vector{fate::rejected});
  fails = false;
  CHECK(count(way->deliver(people_called({"acme"})), fate::delivered) == 1);
}

TEST_CASE_FIXTURE(shop, "a row that was to be looked up alone at the end is written then") {
  auto config = lookup_config(server);
  const auto way = open_way_in(config);
  CHECK(count(way->deliver(people_called({"globex"}, 2)), fate::delivered) == 1);
  CHECK(count(way->deliver_again(people_called({"acme"})), fate::delivered) == 1);
  CHECK(written().at(1) == 900);
}
