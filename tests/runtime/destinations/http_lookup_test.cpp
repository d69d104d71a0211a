// Look-ups before writes: what is asked, how often, and what rows get.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <future>

#include "messages/error.hpp"
#include "runtime/destinations/http/lookup_cache.hpp"
#include "runtime/destinations/http_destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/lookup_fixture.hpp"
#include "tests/support/paced_api.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using namespace std::chrono_literals;
using config::http_lookup;
using nlohmann::json;

namespace {

struct shop_of_words : accounts_api {
  shop_of_words() {
    open_account("acme", 900);
    open_account("globex", "g-7");
  }
};

/// `2: the reason`: what is said of each row that was refused.
std::vector<std::string> refused(const batch_outcome& outcome) {
  std::vector<std::string> out;
  for (const auto& each : outcome.rejections)
    out.push_back(std::to_string(each.index) + ": " + each.reason);
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(shop_of_words,
                  "rows are written with what was looked up, and equal ones ask once") {
  const auto way = open_way_in(lookup_config(server));
  const auto outcome = way->deliver(people_called({"acme", "globex", "acme", "acme"}));
  CHECK(count(outcome, fate::delivered) == 4);
  CHECK(outcome.rejections.empty());
  CHECK(written() == std::map<int, json>{{1, 900}, {2, "g-7"}, {3, 900}, {4, 900}});
  CHECK(asked() == std::vector<std::string>{"/accounts?name=acme", "/accounts?name=globex"});
  CHECK(writes() == 1);
}

TEST_CASE_FIXTURE(shop_of_words,
                  "a look-up is a GET without a body, and without the id of a delivery") {
  auto config = lookup_config(server);
  config.idempotency_header = "Idempotency-Key";
  config.lookup->request.headers = {{"X-Name", "{{row.name}}"}};
  const auto way = open_way_in(config);
  CHECK(count(way->deliver(people_called({"acme"})), fate::delivered) == 1);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].method == "GET");
  CHECK(requests[0].body.empty());
  CHECK(requests[0].headers.value("X-Name") == "acme");
  for (const auto* header : {"Content-Length", "Content-Type", "Idempotency-Key"})
    CHECK_FALSE(requests[0].headers.contains(header));
  CHECK(requests[1].headers.contains("Idempotency-Key"));
}

TEST_CASE_FIXTURE(shop_of_words,
                  "a row for which nothing is found is rejected, written with NULL or skipped") {
  const std::string nothing = R"(the answer has nothing at "/results/0/id")";
  auto config = lookup_config(server);
  const auto rows = people_called({"acme", "nobody", "globex"});

  auto outcome = open_way_in(config)->deliver(rows);
  CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected, fate::delivered});
  CHECK(refused(outcome) == std::vector{"1: the look-up found nothing: " + nothing});
  CHECK_FALSE(written().contains(2));

  config.lookup->on_miss = http_lookup::miss::skip;
  outcome = open_way_in(config)->deliver(rows);
  CHECK(outcome.fates[1] == fate::rejected);
  CHECK(refused(outcome) == std::vector{"1: skipped, since the look-up found nothing: " + nothing});
  CHECK_FALSE(written().contains(2));

  config.lookup->on_miss = http_lookup::miss::null;
  outcome = open_way_in(config)->deliver(rows);
  CHECK(count(outcome, fate::delivered) == 3);
  CHECK(outcome.rejections.empty());
  CHECK(written().at(2) == nullptr);
  CHECK(written().at(3) == "g-7");
}

TEST_CASE_FIXTURE(shop_of_words,
                  "nothing at the address of a row's look-up means that nothing is found") {
  auto config = lookup_config(server);
  config.lookup->request.url = server.url("/accounts/{{row.name}}");
  config.lookup->request.take = {{"account", "/id"}};
  const auto outcome = open_way_in(config)->deliver(people_called({"nobody", "acme"}));
  CHECK(outcome.fates == std::vector{fate::rejected, fate::delivered});
  CHECK(refused(outcome) ==
        std::vector<std::string>{
            "0: the look-up found nothing: HTTP 404 Not Found: no such account"});
  config.lookup->request.statuses.add("404", config::status_class::row);
  CHECK(refused(open_way_in(config)->deliver(people_called({"nobody"}))) ==
        std::vector<std::string>{"0: the look-up failed: HTTP 404 Not Found: no such account"});
}

TEST_CASE_FIXTURE(shop_of_words, "what was found, and what was not, is asked for once in a run") {
  const auto config = lookup_config(server);
  const auto way = open_way_in(config);
  for (int batch = 0; batch < 3; ++batch) {
    const auto outcome = way->deliver(people_called({"acme", "nobody", "globex"}, 10 * batch));
    CHECK(count(outcome, fate::delivered) == 2);
    CHECK(outcome.rejections.size() == 1);
  }
  CHECK(asked().size() == 3);
  CHECK(written().size() == 6);

  auto anew = config;
  anew.lookup->cached = false;
  const auto asks_each_time = open_way_in(anew);
  CHECK(count(asks_each_time->deliver(people_called({"acme", "acme"}, 100)), fate::delivered) == 2);
  CHECK(count(asks_each_time->deliver(people_called({"acme"}, 200)), fate::delivered) == 1);
  CHECK(asked().size() == 6);
}

TEST_CASE_FIXTURE(shop_of_words,
                  "another run asks anew, and writers of one run ask for each other") {
  const auto config = lookup_config(server);
  const auto shared = std::make_shared<traffic>(config, log::logger({log::level::error}),
                                                std::make_shared<metrics::activity>());
  const auto found = std::make_shared<lookup_cache>();
  const auto open = [&](const char* run) {
    auto way = make_http_destination(config, shared, {}, found);
    auto context = person_context();
    context.run = run_id(run);
    way->open(context, {});
    return way;
  };
  server.enqueue({.body = R"({"results": [{"id": 900}]})", .hold = true});
  std::vector<std::future<std::size_t>> writers;
  for (int w = 0; w < 3; ++w)
    writers.push_back(std::async(std::launch::async, [&, w] {
      return count(open("01A")->deliver(people_called({"acme", "acme"}, 10 * w)), fate::delivered);
    }));
  REQUIRE(server.wait_for_requests(1, 20s));
  server.release();
  for (auto& each : writers) CHECK(each.get() == 2);
  CHECK(asked().size() == 1);
  CHECK(written().size() == 6);
  CHECK(count(open("01B")->deliver(people_called({"acme"}, 100)), fate::delivered) == 1);
  CHECK(asked().size() == 2);
}

TEST_CASE_FIXTURE(shop_of_words, "one request looks up many rows, matched by a value") {
  const auto way = open_way_in(search_config(server));
  auto outcome = way->deliver(people_called({"acme", "nobody", "globex", "acme"}));
  CHECK(outcome.fates ==
        std::vector{fate::delivered, fate::rejected, fate::delivered, fate::delivered});
  CHECK(
      refused(outcome) ==
      std::vector<std::string>{"1: the look-up found nothing: the answer has no item for the row"});
  CHECK(written() == std::map<int, json>{{1, 900}, {3, "g-7"}, {4, 900}});
  REQUIRE(asked().size() == 1);
  CHECK(json::parse(server.requests()[0].body)["names"] ==
        json::array({"acme", "nobody", "globex"}));
  // What is known is not asked for again, also if others are.
  open_account("initech", true);
  outcome = way->deliver(people_called({"initech", "acme", "nobody"}, 10));
  CHECK(count(outcome, fate::delivered) == 2);
  CHECK(json::parse(server.requests()[2].body)["names"] == json::array({"initech"}));
}

TEST_CASE_FIXTURE(shop_of_words,
                  "a request for many rows that one row spoils is halved until it stands alone") {
  auto config = search_config(server);
  config.lookup->request.batch_rows = 8;
  std::vector<std::string> names(20, "acme");
  for (int i = 0; i < 20; ++i) {
    names[static_cast<std::size_t>(i)] = "name" + std::to_string(i);
    open_account(names[static_cast<std::size_t>(i)], i);
  }
  names[13] = "bad";
  const auto outcome = open_way_in(config)->deliver(people_called(names));
  CHECK(count(outcome, fate::delivered) == 19);
  REQUIRE(outcome.rejections.size() == 1);
  CHECK(outcome.rejections[0].index == 13);
  CHECK(outcome.rejections[0].status == 422);
  CHECK(outcome.rejections[0].reason ==
        "the look-up failed: HTTP 422 Unprocessable Content: bad is no name");
  CHECK(written().at(20) == 19);
}

TEST_CASE("look-ups go out together, within the limits of the connection") {
  paced_api api({.latency = 20ms});
  const http_server nobody;
  auto config = lookup_config(nobody);
  for (auto& request : config.requests) request.url = api.url("/people");
  config.lookup->request.url = api.url("/accounts?id={{key.id}}");
  config.lookup->on_miss = http_lookup::miss::null;  // the API answers {} to everything
  config.limits.concurrency = 7;
  const auto way = open_way_in(config);
  CHECK(count(way->deliver(persons(100)), fate::delivered) == 100);
  CHECK(api.served().most_at_once == 7);
  CHECK(api.served().requests == 101);
}

TEST_CASE_FIXTURE(shop_of_words,
                  "only rows whose request names it are looked up, deletes by their key") {
  auto config = lookup_config(server);
  auto rows = person_batch().erase(7).insert({1, "acme"});
  CHECK(count(open_way_in(config)->deliver(rows), fate::delivered) == 2);
  CHECK(asked() == std::vector<std::string>{"/accounts?name=acme"});

  config.requests[1] = {.name = "delete",
                        .method = "DELETE",
                        .url = server.url("/people/gone/{{lookup.account}}"),
                        .per_row = true};
  config.lookup->request.url = server.url("/accounts?name={{key.id}}");
  open_account("7", "a/7");
  open_account("1", "one");
  CHECK(count(open_way_in(config)->deliver(rows), fate::delivered) == 2);
  CHECK(server.requests().back().target == "/people/gone/a%2F7");
  CHECK(written().at(1) == "one");
}

TEST_CASE_FIXTURE(shop_of_words, "a row that changes sides has what the other request needs") {
  auto config = lookup_config(server);
  auto insert = config.requests[0];
  insert.name = "insert";
  insert.item.clear();
  insert.batch_rows = 1;
  auto update = config.requests[0];
  update.name = "update";
  update.method = "PATCH";
  update.batch_rows = 1;
  config.requests = {insert, update, config.requests[1]};
  config.request_for = {0, 1, 2};
  std::mutex mutex;
  std::vector<json> updated;
  server.on_applied([&](const http_request& r) {
    const std::lock_guard lock(mutex);
    if (r.method == "PATCH") updated.push_back(json::parse(r.body)[0]["account"]);
  });
  server.handle([](const http_request& r) {
    if (r.method == "GET") return http_reply{.body = R"({"results": [{"id": 5}]})"};
    return http_reply{.status = r.method == "POST" ? 409 : 200};
  });
  CHECK(count(open_way_in(config)->deliver(people_called({"acme"})), fate::delivered) == 1);
  CHECK(updated == std::vector<json>{5});
}

TEST_CASE_FIXTURE(shop_of_words,
                  "what a look-up cannot ask is said when the destination opens or is probed") {
  auto config = lookup_config(server);
  config.lookup->request.url = server.url("/accounts?of={{row.domain}}");
  CHECK(contains(failure_text([&] { open_way_in(config); }),
                 "lay out request '{{row.domain}}': the mapping has no such field"));
  CHECK(contains(failure_text([&] { make_way_in(config)->probe(person_context(), {}); }),
                 "the mapping has no such field"));
  http_server away;
  config.lookup->request.url = away.url("/accounts?name={{row.name}}");
  CHECK_NOTHROW(make_way_in(config)->probe(person_context(), {}));
  away.stop_listening();
  CHECK(contains(failure_text([&] { make_way_in(config)->probe(person_context(), {}); }),
                 "check destination.lookup.request.url and the network"));
  CHECK(asked().empty());
}
