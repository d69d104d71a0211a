#include <doctest/doctest.h>

#include "runtime/api/v2.hpp"
#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::asks;
using test::json_of;
using test::rendered;

namespace {

const std::string syncs = "/v2/retl-connections/orders/syncs";

nlohmann::ordered_json sync_in(run_state state) {
  return api::v2::sync_of(test::example_run(state));
}

run_list page_of(std::size_t count, std::uint64_t total) {
  return {std::vector<run_record>(count, test::example_run()), total};
}

}  // namespace

TEST_CASE("a sync has the members that RudderStack's clients read") {
  auto sync = sync_in(run_state::succeeded);
  CHECK(sync["sluice"]["run"] == test::example_run_id);
  sync.erase("sluice");
  CHECK(sync.dump() ==
        R"({"id":"01JABCDEFGHJKMNPQRSTVWXYZ0","status":"succeeded",)"
        R"("startedAt":"2026-01-31T09:00:00.000Z","finishedAt":"2026-01-31T09:00:06.120Z",)"
        R"("metrics":{"succeeded":{"total":15},"failed":{"total":4},"changed":{"total":21},)"
        R"("total":100,"invalid":{"total":1},"undelivered":{"total":2}},)"
        R"("syncType":"incremental"})");
}

TEST_CASE("a sync has one of three words, and an error exactly if that is failed") {
  using enum run_state;
  const std::vector<std::pair<run_state, std::string>> table{
      {postponed, "running"},   {running, "running"}, {draining, "running"},
      {succeeded, "succeeded"}, {stopped, "failed"},  {failed, "failed"},
      {interrupted, "failed"},  {skipped, "failed"}};
  for (const auto& [state, word] : table) {
    CAPTURE(to_string(state));
    const auto sync = sync_in(state);
    CHECK(sync["status"] == word);
    CHECK(sync.contains("error") == (word == "failed"));
    if (word == "failed") CHECK(sync["error"].get<std::string>() != "");
    CHECK(sync["finishedAt"].is_null() == (word == "running"));
  }
}

TEST_CASE("a failure says what happened, in a sentence") {
  CHECK(sync_in(run_state::stopped)["error"] ==
        "the sync was stopped on request; 15 rows were delivered, 2 are part of the next sync");
  CHECK(sync_in(run_state::interrupted)["error"] ==
        "the node ended during the sync; the next sync goes on from there");
  CHECK(sync_in(run_state::skipped)["error"] == "another sync was active when it was due");
  auto run = test::example_run(run_state::failed);
  run.failed = {errc::source_failed, "read model", "orders", "no such table", "create it"};
  CHECK(api::v2::sync_of(run)["error"] == "read model 'orders': no such table; create it");
}

TEST_CASE("a sync with rejected rows has succeeded") {
  auto run = test::example_run();
  run.failed = {errc::guarded, "deliver", "orders", "x", ""};  // no matter what else its record has
  CHECK_FALSE(api::v2::sync_of(run).contains("error"));
}

TEST_CASE_FIXTURE(api_fixture, "syncs are listed by page, with how many there are") {
  const auto q = question("GET", syncs + "?per_page=100&page=2");
  const auto& which = asks<command::runs>(q).which;
  CHECK(which.limit == 100);
  CHECK(which.offset == 100);
  CHECK(which.count);
  CHECK(which.states == choice<run_state>::without(run_state::skipped));
  const auto body = json_of(rendered(q, page_of(100, 250)));
  CHECK(body["syncs"].size() == 100);
  CHECK(body["paging"] ==
        nlohmann::json{{"total", 250},
                       {"next", "/v2/retl-connections/orders/syncs?page=3&per_page=100"}});
  const auto last = question("GET", syncs + "?per_page=100&page=3");
  CHECK(json_of(rendered(last, page_of(50, 250)))["paging"] == nlohmann::json{{"total", 250}});
  const auto exact = question("GET", syncs + "?per_page=125&page=2");
  CHECK_FALSE(json_of(rendered(exact, page_of(125, 250)))["paging"].contains("next"));
  const auto none = json_of(rendered(question("GET", syncs), page_of(0, 0)));
  CHECK(none == nlohmann::json::parse(R"({"syncs": [], "paging": {"total": 0}})"));
}

TEST_CASE_FIXTURE(api_fixture, "the next page has the filters of this one") {
  const auto q =
      question("GET", syncs + "?status=failed&started_after=2026-01-31T09:00:00%2B01:00&sort=desc");
  const auto& which = asks<command::runs>(q).which;
  CHECK(which.limit == 50);
  CHECK(which.offset == 0);
  CHECK(which.states ==
        choice<run_state>{run_state::stopped, run_state::failed, run_state::interrupted});
  CHECK(format_timestamp(which.started_after) == "2026-01-31T08:00:00.000Z");
  CHECK(json_of(rendered(q, page_of(50, 51)))["paging"]["next"] ==
        syncs +
            "?page=2&per_page=50&status=failed&started_after=2026-01-31T09%3A00%3A00%2B01%3A00");
}

TEST_CASE_FIXTURE(api_fixture, "a filter that means nothing is refused, an unknown one ignored") {
  for (const std::string bad :
       {"status=stopped", "status=cancelled", "per_page=0", "per_page=501", "per_page=x", "page=0",
        "started_after=yesterday", "started_before=1"}) {
    const auto r = answer("GET", syncs + "?" + bad);
    CHECK_MESSAGE(r.status == 400, bad);
    CHECK(json_of(r)["error"].is_string());
    CHECK(json_of(r)["details"].contains(bad.substr(0, bad.find('='))));
  }
  question("GET", syncs + "?limit=10&offset=20");
  const auto states = [&](const std::string& status) {
    return asks<command::runs>(question("GET", syncs + "?status=" + status)).which.states;
  };
  CHECK(states("running") ==
        choice<run_state>{run_state::postponed, run_state::running, run_state::draining});
  CHECK(states("succeeded") == choice<run_state>{run_state::succeeded});
}

TEST_CASE_FIXTURE(api_fixture, "one sync is asked for by its id") {
  const auto q = question("GET", syncs + "/" + test::example_run_id);
  CHECK(asks<command::await>(q).poll.count() == 0);
  CHECK(json_of(rendered(q, test::example_run()))["id"] == test::example_run_id);
  const auto r = q.refuse({errc::usage, "find run", "x", "the connection has no such run", ""});
  CHECK(r.status == 404);
  CHECK(json_of(r)["error"] == "find run 'x': the connection has no such run");
}
