// An API that wants to see tokens, and a token server beside it.
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/credentials/credential.hpp"
#include "runtime/destinations/http_destination.hpp"
#include "tests/runtime/destinations/http_fixture.hpp"
#include "tests/support/token_server.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

log::logger quiet() { return log::logger({log::level::error}); }

/// A people_api that refuses requests without a good token.
struct guarded_api {
  guarded_api() {
    api.server.handle([this](const http_request& r) {
      return tokens.is_good(r) ? http_reply{} : token_server::refusal();
    });
    config::oauth2_credential app;
    app.token_url = tokens.url();
    app.client_id = "app";
    config::credential_config settings;
    settings.kind = app;
    settings.timeout = 10s;
    settings.give_up_after = 20s;
    authority = credentials::make_credential(settings, {"app", node_name("a"), {}, quiet()});
    config.auth.emplace().name = "app";
  }

  std::unique_ptr<destination> open(std::stop_token stop = {}) {
    auto way = make_http_destination(config, shared, [this] { return authority; });
    way->open(person_context(), std::move(stop));
    return way;
  }

  token_server tokens;
  people_api api;
  config::http_config config = people_config(api.server, 20s);
  std::shared_ptr<credentials::credential> authority;
  std::shared_ptr<traffic> shared =
      std::make_shared<traffic>(config, quiet(), std::make_shared<metrics::activity>());
};

}  // namespace

TEST_CASE_FIXTURE(guarded_api, "rows go with one token, whatever number of requests they take") {
  config.requests[0].batch_rows = 10;
  CHECK(count(open()->deliver(persons(50)), fate::delivered) == 50);
  CHECK(api.people().size() == 50);
  CHECK(tokens.given() == 1);
}

TEST_CASE_FIXTURE(guarded_api, "a token that ends early costs a request, and no row and no run") {
  const auto way = open();
  CHECK(count(way->deliver(persons(5)), fate::delivered) == 5);
  tokens.end_tokens();
  const auto outcome = way->deliver(persons(5, 100));
  CHECK_FALSE(outcome.failed);
  CHECK(count(outcome, fate::delivered) == 5);
  CHECK(tokens.given() == 2);
  CHECK(api.server.requests().size() == 3);  // the second one twice
}

TEST_CASE_FIXTURE(guarded_api, "a 200 whose body says that the token has ended is the same") {
  config.requests[0].answer.emplace().credentials.push_back(
      {.statuses = {{200, 299}},
       .all = {{.of = config::answer_condition::part::value,
                .name = "/errors/*/code",
                .is = config::answer_condition::test::in,
                .in = {"\"601\"", "\"602\""},
                .matches = {}}}});
  const auto way = open();
  api.server.enqueue({.body = R"({"success": false, "errors": [{"code": "602"}]})",
                      .apply = http_application::never});
  CHECK(count(way->deliver(persons(5)), fate::delivered) == 5);
  CHECK(api.people().size() == 5);
  CHECK(tokens.given() == 2);
}

TEST_CASE_FIXTURE(guarded_api, "an API that refuses a new token, too, fails the run at once") {
  api.server.handle([](const http_request&) { return token_server::refusal(); });
  const auto outcome = open()->deliver(persons(5));
  CHECK(outcome.failed.code == errc::destination_failed);
  CHECK(outcome.failed.cause.find("the session has ended") != std::string::npos);
  CHECK(count(outcome, fate::undelivered) == 5);
  CHECK(outcome.rejections.empty());
  CHECK(api.server.requests().size() == 2);
  CHECK(tokens.given() == 2);
}

TEST_CASE_FIXTURE(guarded_api, "writers whose token ends at the same time ask for one new token") {
  constexpr int writers = 8;
  std::vector<std::unique_ptr<destination>> ways;
  for (int i = 0; i < writers; ++i) ways.push_back(open());
  const auto deliver_all = [&](int first) {
    std::vector<std::future<std::size_t>> done;
    for (int i = 0; i < writers; ++i)
      done.push_back(std::async(std::launch::async, [&ways, i, first] {
        return count(ways[static_cast<std::size_t>(i)]->deliver(persons(5, first + 5 * i)),
                     fate::delivered);
      }));
    for (auto& one : done) CHECK(one.get() == 5);
  };
  deliver_all(0);
  tokens.end_tokens();
  deliver_all(1000);
  CHECK(tokens.given() == 2);
  CHECK(api.people().size() == 2 * 5 * writers);
}

TEST_CASE_FIXTURE(guarded_api,
                  "a token that ends while many requests are under way is replaced once, and each "
                  "request repeated once") {
  config.requests[0].batch_rows = 1;
  config.limits.concurrency = 40;
  shared = std::make_shared<traffic>(config, quiet(), std::make_shared<metrics::activity>());
  const auto way = open();
  CHECK(count(way->deliver(persons(1)), fate::delivered) == 1);
  std::atomic<int> seen{0}, refused{0};
  api.server.handle([&](const http_request& r) {
    if (++seen == 50) tokens.end_tokens();
    if (tokens.is_good(r)) return http_reply{.delay = std::chrono::milliseconds(10)};
    ++refused;
    return token_server::refusal();
  });
  const auto outcome = way->deliver(persons(200, 1000));
  CHECK_FALSE(outcome.failed);
  CHECK(count(outcome, fate::delivered) == 200);
  CHECK(tokens.given() == 2);
  CHECK(refused >= 1);
  CHECK(refused <= 40);
  CHECK(seen == 200 + refused);
  CHECK(api.people().size() == 201);
}

TEST_CASE_FIXTURE(guarded_api,
                  "a stop ends a delivery that waits for a token server, and delivers nothing") {
  tokens.server.enqueue({.hold = true});
  std::stop_source stop;
  const auto way = open(stop.get_token());
  auto delivery = std::async(std::launch::async, [&] { return way->deliver(persons(5)); });
  REQUIRE(tokens.server.wait_for_requests(1, 10s));
  stop.request_stop();
  const auto outcome = delivery.get();
  CHECK_FALSE(outcome.failed);
  CHECK(count(outcome, fate::undelivered) == 5);
  CHECK(api.server.requests().empty());
}

TEST_CASE_FIXTURE(guarded_api,
                  "a token server that refuses the app fails the run with a hint, and no row") {
  tokens.server.handle([](const http_request&) {
    return http_reply{.status = 401, .body = R"({"error": "invalid_client"})"};
  });
  const auto outcome = open()->deliver(persons(5));
  CHECK(outcome.failed.hint.find("client_secret") != std::string::npos);
  CHECK(count(outcome, fate::undelivered) == 5);
  CHECK(api.server.requests().empty());
}

TEST_CASE_FIXTURE(guarded_api, "rows go to the server that the token server names, within bounds") {
  config.base_url = {"/instance_url", {"127.0.0.1"}};
  config.requests[0].url = "/people";
  config.requests[1].url = "/people/gone";
  tokens.add("instance_url", api.server.url());
  {
    const auto way = open();
    CHECK(count(way->deliver(persons(5)), fate::delivered) == 5);
    CHECK_NOTHROW(way->probe(person_context(), {}));
  }
  tokens.add("instance_url", "https://evil.example");
  tokens.end_tokens();
  const auto outcome = open()->deliver(persons(5, 100));
  CHECK(outcome.failed.cause.find("is not within") != std::string::npos);
  CHECK(api.people().size() == 5);
}

TEST_CASE_FIXTURE(guarded_api, "a probe asks for a token, and sends nothing to the API") {
  CHECK_NOTHROW(open()->probe(person_context(), {}));
  CHECK(tokens.given() == 1);
  CHECK(api.server.requests().empty());
}
