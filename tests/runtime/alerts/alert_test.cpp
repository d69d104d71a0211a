#include "runtime/alerts/alert.hpp"
#include "runtime/alerts/alert_body.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "messages/timestamp.hpp"
#include "tests/support/alert_fixture.hpp"

using namespace sluice;
using nlohmann::json;
using test::ended_run;
using test::endpoint_at;
using enum alert_event;

namespace {

using events = std::vector<alert_event>;

events events_of(const run_record& run, std::uint32_t percent = 0, bool recovered_now = false) {
  auto endpoint = endpoint_at("https://a.example/");
  endpoint.rejected_percent = percent;
  return alerts::events_of({.run = run, .recovered = recovered_now}, endpoint);
}

/// 100 rows were to be delivered: 90 were, 4 were refused and 6 invalid. 1,000 are unchanged.
const run_counters ten_in_a_hundred{
    .read = 1100, .unchanged = 1000, .invalid = 6, .inserts = 94, .delivered = 90, .rejected = 4};

/// RFC 4231 gives keys and data as hexadecimal digits.
std::string mac(const std::string& secret, const std::string& body) {
  return alerts::signature(secret, body);
}

}  // namespace

TEST_CASE("every way a run can end has its events") {
  struct row {
    run_state state;
    run_counters counters;
    bool recovered_now;
    events raised;
  };
  const std::vector<row> table{
      {run_state::succeeded, {}, false, {}},
      {run_state::succeeded, {}, true, {recovered}},
      {run_state::succeeded, ten_in_a_hundred, false, {rejected}},
      {run_state::succeeded, ten_in_a_hundred, true, {rejected, recovered}},
      {run_state::failed, {}, false, {failed}},
      {run_state::failed, ten_in_a_hundred, false, {failed, rejected}},
      {run_state::interrupted, {}, false, {failed}},
      {run_state::stopped, {}, false, {stopped}},
      {run_state::stopped, ten_in_a_hundred, false, {rejected, stopped}},
      {run_state::skipped, {}, false, {skipped}},
  };
  for (const auto& row : table) {
    CAPTURE(to_string(row.state));
    CAPTURE(row.recovered_now);
    CHECK(events_of(ended_run(row.state, row.counters), 0, row.recovered_now) == row.raised);
  }
}

TEST_CASE("an endpoint hears only of what it asked for") {
  auto endpoint = endpoint_at("https://a.example/");
  endpoint.on = {rejected};
  CHECK(alerts::events_of({ended_run(run_state::failed)}, endpoint).empty());
  CHECK(alerts::events_of({ended_run(run_state::failed, ten_in_a_hundred)}, endpoint) ==
        events{rejected});
}

TEST_CASE(
    "rejected and invalid rows count when they are more than the percentage of the rows that "
    "were to be delivered") {
  const auto run = ended_run(run_state::succeeded, ten_in_a_hundred);
  CHECK(events_of(run, 0) == events{rejected});
  CHECK(events_of(run, 9) == events{rejected});
  CHECK(events_of(run, 10).empty());
  CHECK(events_of(run, 100).empty());
  CHECK(events_of(ended_run(run_state::succeeded, {.read = 1, .unchanged = 1})).empty());
  CHECK(events_of(ended_run(run_state::succeeded, {.read = 1, .invalid = 1}), 99) ==
        events{rejected});
}

TEST_CASE(
    "an endpoint that wants no repetition hears of what lasts once and of what happens always") {
  auto endpoint = endpoint_at("https://a.example/");
  endpoint.repeat = false;
  endpoint.on.push_back(succeeded);
  const auto told = [&](const run_record& run, const std::optional<run_record>& before) {
    return alerts::events_of({.run = run, .before = before}, endpoint);
  };
  const auto failing = ended_run(run_state::failed);
  const auto well = ended_run(run_state::succeeded);
  const auto partly = ended_run(run_state::succeeded, ten_in_a_hundred);
  CHECK(told(failing, well) == events{failed});
  CHECK(told(failing, failing).empty());
  CHECK(told(ended_run(run_state::interrupted), failing).empty());
  CHECK(told(partly, failing) == events{rejected, succeeded});
  CHECK(told(partly, partly) == events{succeeded});
  CHECK(told(well, partly) == events{recovered, succeeded});
  CHECK(told(well, well) == events{succeeded});
  CHECK(told(ended_run(run_state::stopped), failing) == events{stopped});
  const auto left_out = ended_run(run_state::skipped);
  CHECK(told(left_out, well) == events{skipped});
  CHECK(told(left_out, left_out).empty());
  endpoint.repeat = true;
  CHECK(told(failing, failing) == events{failed});
}

TEST_CASE("a pager hears of the end of what it was told of without asking for it") {
  auto pager = endpoint_at("https://a.example/");
  pager.format = config::alert_format::pagerduty;
  pager.on = {failed};
  const auto well = ended_run(run_state::succeeded);
  const auto told = [&](const run_ended& ended, bool open) {
    return alerts::events_of(ended, pager, open);
  };
  CHECK(told({.run = well, .before = ended_run(run_state::failed)}, false) == events{recovered});
  CHECK(told({.run = well, .before = well}, false).empty());
  CHECK(told({.run = well, .before = well}, true) == events{recovered});
  // Nobody knows what it was told of before this process began.
  CHECK(told({.run = well}, false) == events{recovered});
  CHECK(told({.run = ended_run(run_state::stopped)}, true).empty());
  pager.on = {late};
  CHECK(told({.run = well, .before = well, .was_late = true}, false) == events{recovered});
}

TEST_CASE("of a late run those hear who asked for just that time") {
  auto endpoint = endpoint_at("https://a.example/");
  endpoint.on = {failed, late};
  endpoint.late = std::chrono::minutes{10};
  run_ended told{.run = ended_run(run_state::running)};
  told.late_after = std::chrono::minutes{10};
  CHECK(alerts::events_of(told, endpoint) == events{late});
  told.late_after = std::chrono::minutes{20};
  CHECK(alerts::events_of(told, endpoint).empty());
  told.late_after = std::chrono::minutes{10};
  endpoint.on = {failed};
  CHECK(alerts::events_of(told, endpoint).empty());
}

TEST_CASE("the worst event is how bad an alert is") {
  CHECK(alerts::severity_of({failed, rejected}) == alerts::severity::error);
  CHECK(alerts::severity_of({rejected, recovered}) == alerts::severity::warning);
  CHECK(alerts::severity_of({late}) == alerts::severity::warning);
  CHECK(alerts::severity_of({stopped}) == alerts::severity::info);
  CHECK(alerts::severity_of({recovered, succeeded}) == alerts::severity::info);
  CHECK(alerts::is_wrong({rejected, recovered}));
  CHECK_FALSE(alerts::is_wrong({recovered, succeeded}));
}

TEST_CASE("the body tells what happened to which run and what was lost before") {
  auto run = ended_run(run_state::failed, ten_in_a_hundred);
  run.failed = {errc::source_failed, "read model", "customers", "no \xff such table", "look"};
  const auto what = test::alert_about(run);
  const auto body =
      json::parse(alerts::body_of(*what, *parse_timestamp("2026-01-31T09:00:06.000Z"), 3));
  CHECK(body["id"] == "01ALERT");
  CHECK(body["sent_at"] == "2026-01-31T09:00:06.000Z");
  CHECK(body["events"] == json{"failed", "rejected"});
  CHECK(body["connection"] == "customers");
  CHECK(body["node"] == "a");
  CHECK(body["dropped"] == 3);
  CHECK(body["run"]["run"] == "01RUN");
  CHECK(body["run"]["state"] == "failed");
  CHECK(body["run"]["invalid"] == 6);
  CHECK(body["run"]["error"]["code"] == "source_failed");
  CHECK(body["run"].size() == json::parse(to_json(ended_run(run_state::failed)).dump()).size());
}

TEST_CASE("headers tell events and id without the body being read") {
  const auto headers =
      alerts::headers_of(*test::alert_about(ended_run(run_state::failed, ten_in_a_hundred)));
  CHECK(headers ==
        std::vector<std::pair<std::string, std::string>>{{"Content-Type", "application/json"},
                                                         {"X-Sluice-Event", "failed,rejected"},
                                                         {"X-Sluice-Delivery", "01ALERT"}});
}

TEST_CASE("signatures are the HMAC-SHA256 of RFC 4231's test cases") {
  CHECK(mac(std::string(20, '\x0b'), "Hi There") ==
        "sha256=b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(mac("Jefe", "what do ya want for nothing?") ==
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(mac(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
        "sha256=773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting += c;
  CHECK(mac(counting, std::string(50, '\xcd')) ==
        "sha256=82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "sha256=60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(mac(std::string(131, '\xaa'),
            "This is a test using a larger than block-size key and a larger than block-size data. "
            "The key needs to be hashed before being used by the HMAC algorithm.") ==
        "sha256=9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}
