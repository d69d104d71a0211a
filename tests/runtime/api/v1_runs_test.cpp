#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::api_fixture;
using test::asks;
using test::json_of;
using test::rendered;
using test::start_of;

namespace {

const std::string runs = "/api/v1/connections/orders/runs";
const std::string one = runs + "/" + test::example_run_id;

run_list listed(std::size_t count) {
  run_list out;
  for (std::size_t i = 0; i < count; ++i) {
    auto run = test::example_run();
    run.run = run_id(run.run + std::to_string(i));
    out.runs.push_back(std::move(run));
  }
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(api_fixture, "history is asked for with all its filters") {
  const auto q = question("GET", runs + "?state=failed&state=stopped&type=full&trigger=api" +
                                     "&started_after=2026-01-31T09:00:00Z&started_before="
                                     "2026-02-01T09:00:00Z&limit=20&cursor=X");
  const auto& which = asks<command::runs>(q).which;
  CHECK(which.states == choice<run_state>{run_state::failed, run_state::stopped});
  CHECK(which.types == choice<run_type>{run_type::full});
  CHECK(which.triggers == choice<run_trigger>{run_trigger::api});
  CHECK(format_timestamp(which.started_after) == "2026-01-31T09:00:00.000Z");
  CHECK(format_timestamp(which.started_before) == "2026-02-01T09:00:00.000Z");
  CHECK(which.before == "X");
  CHECK(which.limit == 21);
  CHECK(asks<command::runs>(question("GET", runs)).which == run_query{.limit = 51});
  for (const std::string bad : {"state=x", "type=x", "trigger=x", "started_after=x", "limit=0"})
    CHECK_MESSAGE(answer("GET", runs + "?" + bad).status == 400, bad);
}

TEST_CASE_FIXTURE(api_fixture, "a page of history knows whether another one follows") {
  const auto q = question("GET", runs + "?limit=2&type=full");
  const auto whole = json_of(rendered(q, listed(2)));
  CHECK(whole["items"].size() == 2);
  CHECK(whole["next_cursor"].is_null());
  const auto r = rendered(q, listed(3));
  CHECK(json_of(r)["items"].size() == 2);
  CHECK(json_of(r)["next_cursor"] == json_of(r)["items"][1]["run"]);
  CHECK(test::header_of(r, "Link").find("type=full&cursor=") != std::string::npos);
  CHECK(json_of(rendered(q, listed(0)))["items"].empty());
  const auto longest = question("GET", runs + "?limit=500");
  CHECK(asks<command::runs>(longest).which.limit == 500);
  CHECK_FALSE(json_of(rendered(longest, listed(500)))["next_cursor"].is_null());
}

TEST_CASE_FIXTURE(api_fixture, "a start answers where its run is") {
  const auto q = question("POST", runs, R"({"full": true, "wait": true, "allow_deletes": true})");
  CHECK(start_of(q).full);
  CHECK(start_of(q).wait);
  CHECK(start_of(q).allow_deletes);
  CHECK(start_of(q).trigger == run_trigger::api);
  CHECK(start_of(q).requested_by == "airflow");
  CHECK(q.change == "start orders");
  CHECK(q.claim == "");
  const auto r = rendered(q, test::example_run(run_state::running));
  CHECK(r.status == 201);
  CHECK(test::header_of(r, "Location") == one);
  CHECK(json_of(r)["run"] == test::example_run_id);
  CHECK_FALSE(start_of(question("POST", runs)).full);
}

TEST_CASE_FIXTURE(api_fixture, "a start may be about some rows") {
  const auto named = question("POST", runs, R"({"keys": [{"id": 7}, {"id": "x", "part": 2}]})");
  CHECK(start_of(named).rows.keys == "{\"id\":7}\n{\"id\":\"x\",\"part\":2}");
  CHECK(start_of(question("POST", runs, R"({"limit": 10})")).rows.limit == row_count{10});
  for (const auto* const wrong : {R"({"keys": [7]})", R"({"keys": {"id": 7}})", R"({"limit": 0})"})
    CHECK_MESSAGE(answer("POST", runs, wrong).status == 400, wrong);
}

TEST_CASE_FIXTURE(api_fixture, "a start from the console is a person's") {
  auto r = test::request("POST", runs,
                         {{"Cookie", sign_in()},
                          {"Sec-Fetch-Site", "same-origin"},
                          {"Content-Type", "application/json"}},
                         "{}");
  CHECK(start_of(question(r)).trigger == run_trigger::manual);
  CHECK(start_of(question(r)).requested_by == "ada");
}

TEST_CASE_FIXTURE(api_fixture, "a mistyped wish starts nothing") {
  const auto r = answer("POST", runs, R"({"ful": true})");
  CHECK(r.status == 400);
  CHECK(json_of(r)["errors"][0]["pointer"] == "/ful");
  CHECK(answer("POST", runs, R"({"full": "yes"})").status == 400);
  CHECK(answer("POST", runs, "{\"full\": true // comment\n}").status == 400);
}

TEST_CASE_FIXTURE(api_fixture,
                  "a start under a key is the same for that token, path and wish only") {
  const auto once = [&](const char* token, const std::string& path, const std::string& body,
                        const std::string& key = "k") {
    auto r = test::request_of(token, "POST", path, body);
    r.headers.emplace("idempotency-key", key);
    return start_of(question(r)).once;
  };
  const auto first = once(test::operator_token, runs, R"({"full":true})");
  CHECK(first);
  CHECK(first == once(test::operator_token, runs, R"({ "full" : true, "wait": false })"));
  CHECK(first.key != once(test::operator_token, runs, R"({"full":true})", "l").key);
  CHECK(first.key != once(test::blind_token, runs, R"({"full":true})").key);
  CHECK(first.key != once(test::operator_token, "/api/v1/connections/x/runs", "{}").key);
  const auto other = once(test::operator_token, runs, "{}");
  CHECK(first.key == other.key);
  CHECK(first.body_hash != other.body_hash);
  CHECK_FALSE(start_of(question("POST", runs)).once);
  auto r = test::request_of(test::operator_token, "POST", runs);
  r.headers.emplace("Idempotency-Key", std::string(256, 'k'));
  CHECK(answer(r).status == 400);
}

TEST_CASE_FIXTURE(api_fixture, "a run is answered at once, or at its end if that is preferred") {
  const auto now = question("GET", one);
  CHECK(asks<command::await>(now).run == test::example_run_id);
  CHECK(asks<command::await>(now).poll.count() == 0);
  CHECK_FALSE(now.dies_with_client);
  const auto waits = [&](const std::string& preference) {
    auto r = test::request_of(test::operator_token, "GET", one);
    r.headers.emplace("prefer", preference);
    return question(r);
  };
  CHECK(asks<command::await>(waits("wait=7")).poll == std::chrono::milliseconds(7'000));
  CHECK(asks<command::await>(waits("wait=3600")).poll == std::chrono::milliseconds(60'000));
  CHECK(asks<command::await>(waits("respond-async, wait=5; x")).poll ==
        std::chrono::milliseconds(5'000));
  CHECK(asks<command::await>(waits("return=minimal")).poll.count() == 0);
  CHECK(waits("wait=7").dies_with_client);
  CHECK(test::header_of(rendered(waits("wait=7"), test::example_run()), "Preference-Applied") ==
        "wait=7");
  for (const std::string bad : {"wait=", "wait=x", "wait=5s", "wait=-1"}) {
    auto r = test::request_of(test::operator_token, "GET", one);
    r.headers.emplace("Prefer", bad);
    CHECK_MESSAGE(answer(r).status == 400, bad);
  }
}

TEST_CASE_FIXTURE(api_fixture, "a run that the connection does not have is not found") {
  for (const auto& q : {question("GET", one), question("POST", one + "/stop")}) {
    const auto r = q.refuse({errc::usage, "find run", "x", "the connection has no such run", ""});
    CHECK(r.status == 404);
    CHECK(json_of(r)["code"] == "unknown_run");
    CHECK(q.refuse({errc::unreachable, "find run", "x", "no link", ""}).status == 503);
  }
}

TEST_CASE_FIXTURE(api_fixture, "a stop names the run that it stops") {
  const auto q = question("POST", one + "/stop", R"({"abandon": true})");
  CHECK(asks<command::stop>(q).how.run == test::example_run_id);
  CHECK(asks<command::stop>(q).how.abandon);
  CHECK(asks<command::stop>(q).how.requested_by == "airflow");
  CHECK(q.change == "stop without a drain orders");
  CHECK(rendered(q, test::example_run(run_state::draining)).status == 202);
  CHECK(q.refuse({errc::not_running, "stop", "orders", "it has ended", ""}).status == 409);
}
