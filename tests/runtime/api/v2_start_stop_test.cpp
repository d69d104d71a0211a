#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::asks;
using test::json_of;
using test::rendered;
using test::start_of;

namespace {

const std::string start_path = "/v2/retl-connections/orders/start";
const std::string stop_path = "/v2/retl-connections/orders/stop";

error start_failure(errc code) { return {code, "start", "orders", "run X is active", ""}; }

run_list waiting(std::initializer_list<const char*> ids) {
  run_list out;
  for (const auto* const id : ids) {
    auto run = test::example_run(run_state::postponed);
    run.run = run_id(id);
    out.runs.push_back(run);
  }
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(api_fixture, "every way to ask for no particular sync is the same") {
  for (const std::string body :
       {"", "  ", "{}", R"({"syncType": null})", R"({"syncType": "incremental"})",
        "{\n  \"syncType\": \"incremental\" // or full\n}", R"({"more": {"a": [1]}})"}) {
    const auto q = question("POST", start_path, body);
    CHECK_MESSAGE(!start_of(q).full, body);
    CHECK_FALSE(start_of(q).wait);
    CHECK(start_of(q).trigger == run_trigger::api);
    CHECK(start_of(q).requested_by == "airflow");
    CHECK(q.change == "start orders");
  }
  CHECK(start_of(question("POST", start_path, R"({"syncType": "full"})")).full);
}

TEST_CASE_FIXTURE(api_fixture,
                  "a start answers the id, and nothing that a client could trip over") {
  const auto r =
      rendered(question("POST", start_path, "{}"), test::example_run(run_state::running));
  CHECK(r.status == 200);
  CHECK(test::header_of(r, "Content-Type") == "application/json");
  CHECK(r.body == R"({"syncId":"01JABCDEFGHJKMNPQRSTVWXYZ0"})");
}

TEST_CASE_FIXTURE(api_fixture, "a body of any content type is read, also one without") {
  for (const std::string type : {"", "text/plain", "application/x-www-form-urlencoded"}) {
    auto r = test::request_of(test::operator_token, "POST", start_path, R"({"syncType": "full"})");
    if (!type.empty()) r.headers.emplace("Content-Type", type);
    CHECK(start_of(question(r)).full);
  }
}

TEST_CASE_FIXTURE(api_fixture, "another sync type is refused with its name") {
  const auto r = answer("POST", start_path, R"({"syncType": "{{ params.x }}"})");
  CHECK(r.status == 400);
  CHECK(json_of(r)["details"] ==
        nlohmann::json{{"syncType", "must be \"incremental\" or \"full\""}});
  CHECK(json_of(r)["error"].is_string());
  for (const std::string body : {"[]", "{", "syncType=full", R"({"syncType": 1})"})
    CHECK_MESSAGE(answer("POST", start_path, body).status == 400, body);
}

TEST_CASE_FIXTURE(api_fixture, "a running sync is 409, a disabled connection is not") {
  const auto q = question("POST", start_path, "{}");
  const auto running = q.refuse(start_failure(errc::already_running));
  CHECK(running.status == 409);
  CHECK(json_of(running)["code"] == "already_running");
  CHECK(json_of(running)["error"] == "start 'orders': run X is active");
  CHECK(json_of(running)["message"] == json_of(running)["error"]);
  CHECK(q.refuse(start_failure(errc::disabled)).status == 422);
  CHECK(q.refuse(start_failure(errc::unknown_connection)).status == 404);
  CHECK(q.refuse(start_failure(errc::shutting_down)).status == 503);
  CHECK(test::header_of(q.refuse(start_failure(errc::unreachable)), "Retry-After") == "5");
  CHECK(q.refuse(start_failure(errc::catalog_failed)).status == 500);
  CHECK_FALSE(q.after_error(start_failure(errc::already_running)));
}

TEST_CASE_FIXTURE(api_fixture, "a start during the drain waits for its end, but one at a time") {
  const auto q = question("POST", start_path, R"({"syncType": "full"})");
  const auto look = q.after_error(start_failure(errc::draining));
  REQUIRE(look);
  CHECK(asks<command::runs>(*look).which.states == choice<run_state>{run_state::postponed});

  const auto waits = look->after_answer(waiting({}));
  REQUIRE(waits);
  CHECK(start_of(*waits).wait);
  CHECK(start_of(*waits).full);
  CHECK(start_of(*waits).requested_by == "airflow");
  CHECK(waits->claim == q.claim);
  CHECK(rendered(*waits, test::example_run(run_state::postponed)).status == 200);

  CHECK_FALSE(look->after_answer(waiting({"A"})));
  const auto refused = rendered(*look, waiting({"A"}));
  CHECK(refused.status == 409);
  CHECK(json_of(refused)["code"] == "already_running");
}

TEST_CASE_FIXTURE(api_fixture, "what the same client would send again is one claim") {
  const auto claim = [&](const char* token, const std::string& body,
                         const std::string& path = start_path) {
    return question(test::request_of(token, "POST", path, body)).claim;
  };
  const auto first = claim(test::operator_token, "{}");
  CHECK(first != "");
  CHECK(first == claim(test::operator_token, R"({"syncType":"incremental"})"));
  CHECK(first != claim(test::operator_token, R"({"syncType":"full"})"));
  CHECK(first != claim(test::blind_token, "{}"));
  CHECK(first != claim(test::operator_token, "{}", "/v2/retl-connections/users/start"));
}

TEST_CASE_FIXTURE(api_fixture, "any stop is 204 without a body, whatever runs") {
  const auto q = question("POST", stop_path);
  CHECK(asks<command::stop>(q).how.run == "");
  CHECK_FALSE(asks<command::stop>(q).how.abandon);
  CHECK(asks<command::stop>(q).how.requested_by == "airflow");
  CHECK(q.change == "stop orders");
  for (const auto& r :
       {rendered(q, test::example_run(run_state::draining)),
        q.refuse(start_failure(errc::not_running)), q.refuse(start_failure(errc::disabled))}) {
    CHECK(r.status == 204);
    CHECK(r.body == "");
  }
  CHECK(q.refuse(start_failure(errc::unknown_connection)).status == 404);
  CHECK(q.refuse(start_failure(errc::unreachable)).status == 503);
}

TEST_CASE_FIXTURE(api_fixture, "a stop takes back the starts that wait for the drain") {
  const auto look =
      question("POST", stop_path).after_answer(test::example_run(run_state::draining));
  REQUIRE(look);
  CHECK(asks<command::runs>(*look).which.states == choice<run_state>{run_state::postponed});
  CHECK_FALSE(look->after_answer(waiting({})));
  CHECK(rendered(*look, waiting({})).status == 204);
  const auto last = look->after_answer(waiting({"A", "B"}));
  REQUIRE(last);
  CHECK(asks<command::stop>(*last).how.run == "B");
  for (const auto& next : {last->after_answer(test::example_run()),
                           last->after_error(start_failure(errc::not_running))}) {
    REQUIRE(next);
    CHECK(asks<command::stop>(*next).how.run == "A");
    CHECK_FALSE(next->after_answer);
  }
}
