// The bytes that RudderStack's clients send, and what their code reads of the answers: the plugins
// of Airflow and Dagster drive a node unchanged.
#include <doctest/doctest.h>

#include <set>

#include "runtime/catalog/catalog.hpp"
#include "runtime/schedule/clock.hpp"
#include "runtime/schedule/ulid.hpp"
#include "tests/e2e/api_node.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using test::api_node;

struct compatible_api : api_node {
  compatible_api() { start(); }
};

/// Runs that ended well, in the catalog of a node that is not running.
void add_runs(const std::filesystem::path& state, int count) {
  std::filesystem::create_directories(state);
  const auto end = schedule::system_now();
  catalog::catalog store(state, end);
  connection_memory memory;
  memory.connection = "orders";
  store.save(memory);
  schedule::ulid_generator ids;
  run_record run;
  run.connection = "orders";
  run.state = run_state::succeeded;
  for (int n = 0; n < count; ++n) {
    run.run = run_id(ids.next());
    run.started_at = end;
    run.finished_at = end;
    store.skip_run(run, memory);  // as it adds any run that has ended
  }
}

/// What every reader relies on in a sync.
void check_sync(const json& sync, const std::string& id) {
  CAPTURE(sync.dump());
  CHECK(sync.at("id") == id);
  const auto status = sync.at("status").get<std::string>();
  CHECK(std::set<std::string>{"running", "succeeded", "failed"}.contains(status));
  CHECK(sync.contains("error") == (status == "failed"));
  if (sync.contains("error")) CHECK_FALSE(sync.at("error").get<std::string>().empty());
  for (const auto* const counted : {"succeeded", "failed", "changed"})
    CHECK(sync.at("metrics").at(counted).at("total").is_number_unsigned());
  CHECK(sync.at("metrics").at("total").is_number_unsigned());
}

/// What every reader relies on in a refusal.
void check_refusal(const test::api_answer& answer, int status) {
  CHECK(answer.status == status);
  const auto body = answer.json();
  CHECK(body.at("error").is_string());
  CHECK(body.at("error") == body.at("message"));
  CHECK(body.at("code").is_string());
}

}  // namespace

TEST_CASE_FIXTURE(compatible_api, "(a) a start as Airflow sends it begins a run") {
  const auto answer = send(request("POST", start_path,
                                   "Accept: */*\r\nUser-Agent: RudderAirflow/2.4.1\r\n"
                                   "Content-Type: application/json\r\nContent-Length: 2\r\n",
                                   "{}"));
  CHECK(answer.status == 200);
  const auto run = answer.json().at("syncId").get<std::string>();
  const auto sync = end_of(run);
  check_sync(sync, run);
  CHECK(sync.at("status") == "succeeded");
  CHECK(sync.at("metrics").at("succeeded").at("total") == 120);
}

TEST_CASE_FIXTURE(
    compatible_api,
    "(b) a first start that asks for an incremental sync, as Dagster always does, is a full run") {
  const auto run = airflow.post(start_path, R"({"syncType":"incremental"})").json().at("syncId");
  const auto sync = end_of(run);
  CHECK(sync.at("status") == "succeeded");
  CHECK(sync.at("syncType") == "full");
  const auto next = airflow.post(start_path, R"({"syncType":"incremental"})").json().at("syncId");
  CHECK(end_of(next).at("syncType") == "incremental");
  const auto full = airflow.post(start_path, R"({"syncType":"full"})").json().at("syncId");
  const auto last = end_of(full);
  CHECK(last.at("syncType") == "full");
  CHECK(last.at("metrics").at("changed").at("total") == 120);
}

TEST_CASE_FIXTURE(compatible_api, "(c) a start without body and Content-Type begins a run") {
  const auto answer = send(request("POST", start_path, ""));
  CHECK(answer.status == 200);
  CHECK(end_of(answer.json().at("syncId")).at("status") == "succeeded");
}

TEST_CASE_FIXTURE(compatible_api, "(c) a start takes bodies as people and proxies send them") {
  const auto chunked =
      send(request("POST", start_path, "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"));
  CHECK(chunked.status == 200);
  CHECK(end_of(chunked.json().at("syncId")).at("status") == "succeeded");
  const auto commented =
      airflow.post(start_path, "{\n  // incremental or full\n  \"syncType\": null, \"more\": 1\n}");
  CHECK(commented.status == 200);
  check_refusal(airflow.post(start_path, R"({"syncType":"sideways"})"), 400);
}

TEST_CASE_FIXTURE(compatible_api, "(d) a GET with a Content-Type is answered as one without") {
  const auto run = airflow.post(start_path, "{}").json().at("syncId").get<std::string>();
  end_of(run);
  const auto answer =
      send(request("GET", sync_path(run), "Content-Type: application/json\r\nAccept: */*\r\n"));
  CHECK(answer.status == 200);
  check_sync(answer.json(), run);
}

TEST_CASE_FIXTURE(compatible_api, "(e) a connection is kept or closed as its client wants") {
  const auto run = airflow.post(start_path, "{}").json().at("syncId").get<std::string>();
  test::api_connection connection(port);
  for (int n = 0; n < 3; ++n) {
    connection.send(request("GET", sync_path(run), "Connection: keep-alive\r\n"));
    CHECK(connection.receive().status == 200);
  }
  connection.send(request("GET", sync_path(run), "Connection: close\r\n"));
  CHECK(connection.receive().status == 200);
  CHECK(connection.is_hung_up_on());
}

TEST_CASE_FIXTURE(compatible_api,
                  "(f) whoever polls sees three words, and an error exactly with failed") {
  const auto run = begin_run();
  const auto seen = airflow.get(sync_path(run));
  check_sync(seen.json(), run);
  CHECK(seen.json().at("status") == "running");
  let_go();
  for (;;) {
    const auto sync = airflow.get(sync_path(run)).json();
    check_sync(sync, run);
    if (sync.at("status") != "running") break;
  }
  destination.otherwise({.status = 400});
  source.run({"UPDATE customers SET name = 'other'"});
  const auto with_rejections = airflow.post(start_path).json().at("syncId").get<std::string>();
  const auto sync = end_of(with_rejections);
  check_sync(sync, with_rejections);
  destination.otherwise({.status = 401});
  const auto failing = airflow.post(start_path).json().at("syncId").get<std::string>();
  const auto failed = end_of(failing);
  check_sync(failed, failing);
  CHECK(failed.at("status") == "failed");
}

TEST_CASE_FIXTURE(compatible_api,
                  "(g) stop is answered with 204 however often, and the sync fails for it") {
  const auto run = begin_run();
  for (int n = 0; n < 2; ++n) {
    const auto answer = send(request("POST", stop_path, "Content-Length: 0\r\n"));
    CHECK(answer.status == 204);
    CHECK(answer.body.empty());
  }
  CHECK(airflow.get(sync_path(run)).json().at("status") == "running");  // it drains
  let_go();
  const auto sync = end_of(run);
  check_sync(sync, run);
  CHECK(sync.at("status") == "failed");
  CHECK(test::contains(sync.at("error"), "stopped"));
  CHECK(airflow.post(stop_path).status == 204);  // nothing runs
}

TEST_CASE_FIXTURE(compatible_api,
                  "(h) a start during the drain is taken, and a second one is not") {
  const auto run = begin_run();
  CHECK(airflow.post(stop_path).status == 204);
  const auto next = airflow.post(start_path, "{}");
  CHECK(next.status == 200);
  const auto postponed = next.json().at("syncId").get<std::string>();
  check_sync(airflow.get(sync_path(postponed)).json(), postponed);
  CHECK(airflow.get(sync_path(postponed)).json().at("status") == "running");
  check_refusal(wall.post(start_path, "{}"), 403);
  let_go();
  CHECK(end_of(run).at("status") == "failed");
  CHECK(end_of(postponed).at("status") == "succeeded");
}

TEST_CASE_FIXTURE(compatible_api, "(i) a start during a run is refused") {
  const auto run = begin_run();
  // By another client: the answer to this one's start may have been lost.
  check_refusal(airflow.post(start_path, R"({"syncType":"full"})"), 409);
  let_go();
  CHECK(end_of(run).at("status") == "succeeded");
}

TEST_CASE_FIXTURE(api_node,
                  "(j) history is listed by pages of a hundred, and the last one says so") {
  add_runs(node.path() / "state", 250);
  start();
  std::set<std::string> ids;
  std::string next = std::string(syncs_path) + "?per_page=100&page=1";
  for (int page = 1; page <= 3; ++page) {
    const auto answer = airflow.get(next);
    REQUIRE(answer.status == 200);
    const auto listed = answer.json();
    CHECK(listed.at("paging").at("total") == 250);
    CHECK(listed.at("syncs").size() == (page < 3 ? 100 : 50));
    for (const auto& sync : listed.at("syncs")) ids.insert(sync.at("id").get<std::string>());
    CHECK(listed.at("paging").contains("next") == (page < 3));
    if (page < 3) next = listed.at("paging").at("next").get<std::string>();
    CHECK(next.starts_with("/v2/"));
  }
  CHECK(ids.size() == 250);
  check_refusal(airflow.get(std::string(syncs_path) + "?status=stopped"), 400);
  CHECK(airflow.get(std::string(syncs_path) + "?status=failed").json().at("syncs").empty());
}

TEST_CASE_FIXTURE(compatible_api, "(k) every error is JSON that the clients parse") {
  check_refusal(nobody.post(start_path, "{}"), 401);
  check_refusal(test::api_client(port, "wrong").post(start_path, "{}"), 401);
  check_refusal(airflow.post("/v2/retl-connections/ordres/start", "{}"), 404);
  check_refusal(airflow.get(sync_path("01JD0000000000000000000000")), 404);
  check_refusal(airflow.get("/v2/nothing"), 404);
  const auto wrong_method = airflow.get(start_path);
  check_refusal(wrong_method, 405);
  CHECK(wrong_method.header("allow") == "POST");
  check_refusal(airflow.post(start_path, "{"), 400);
  check_refusal(airflow.post(start_path, "{\"x\": \"" + std::string(70'000, 'x') + "\"}"), 413);
  check_refusal(airflow.get(sync_path("x"), "X-Long: " + std::string(100'000, 'x') + "\r\n"), 431);
  check_refusal(wall.post(start_path, "{}"), 403);
  node.json({"disable", "orders"});
  check_refusal(airflow.post(start_path, "{}"), 422);
  CHECK(airflow.post(stop_path).status == 204);
}

TEST_CASE_FIXTURE(compatible_api,
                  "(l) whoever did not get the answer to a start gets it by starting again") {
  hold();
  {
    test::api_connection connection(port);
    connection.send(request("POST", start_path,
                            "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}"));
  }
  REQUIRE(destination.wait_for_requests(1, 10s));
  const auto again = airflow.post(start_path, "{}");
  CHECK(again.status == 200);
  const auto run = again.json().at("syncId").get<std::string>();
  let_go();
  CHECK(end_of(run).at("status") == "succeeded");
  CHECK(airflow.get(syncs_path).json().at("paging").at("total") == 1);
}
