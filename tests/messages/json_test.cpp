#include "messages/json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace sluice;
using nlohmann::ordered_json;

namespace {

timestamp at_second(int s) { return timestamp{std::chrono::seconds{1'769'850'000 + s}}; }

run_record sample_run() {
  run_record run;
  run.run = "01JD0000000000000000000000";
  run.connection = "customers";
  run.type = run_type::full;
  run.trigger = run_trigger::schedule;
  run.state = run_state::failed;
  run.mode = sync_mode::mirror;
  run.epoch = 3;
  run.continues = "01JC0000000000000000000000";
  run.started_at = at_second(0);
  run.stop_requested_at = at_second(1);
  run.reading_halted_at = at_second(2);
  run.finished_at = at_second(3);
  run.counters = {18'446'744'073'709'551'615u, 2, 3, 4, 5, 6, 7, 8, 9};
  run.in_flight_at_stop = 10;
  run.failed = {errc::source_failed, "read model", "customers", "connection lost", "check it"};
  run.warnings = {"first", "second"};
  return run;
}

std::vector<std::string> names(const ordered_json& json) {
  std::vector<std::string> out;
  for (const auto& item : json.items()) out.push_back(item.key());
  return out;
}

}  // namespace

TEST_CASE("a run prints exactly the promised fields in the promised order") {
  const auto json = to_json(sample_run());
  CHECK(names(json) == std::vector<std::string>{"run",
                                                "connection",
                                                "type",
                                                "trigger",
                                                "state",
                                                "mode",
                                                "epoch",
                                                "continues",
                                                "started_at",
                                                "stop_requested_at",
                                                "reading_halted_at",
                                                "finished_at",
                                                "read",
                                                "unchanged",
                                                "invalid",
                                                "inserts",
                                                "updates",
                                                "deletes",
                                                "delivered",
                                                "rejected",
                                                "undelivered",
                                                "in_flight_at_stop",
                                                "drain_expected_ms",
                                                "error",
                                                "warnings",
                                                "outcome",
                                                "reason",
                                                "about",
                                                "requested_by",
                                                "stopped_by",
                                                "phase",
                                                "waiting_for",
                                                "delivered_inserts",
                                                "delivered_updates",
                                                "delivered_deletes",
                                                "fetched_rows",
                                                "fetched_bytes"});
  CHECK(json["outcome"] == "failed");
  CHECK(json["type"] == "full");
  CHECK(json["trigger"] == "schedule");
  CHECK(json["state"] == "failed");
  CHECK(json["started_at"] == "2026-01-31T09:00:00.000Z");
  CHECK(json["read"].dump() == "18446744073709551615");
  CHECK(json["undelivered"] == 9);
  CHECK(
      json["error"].dump() ==
      R"({"code":"source_failed","message":"read model 'customers': connection lost","hint":"check it"})");
  CHECK(json["warnings"].dump() == R"(["first","second"])");
}

TEST_CASE("what a run does not have yet is null") {
  run_record run;
  run.started_at = at_second(0);
  const auto json = to_json(run);
  for (const auto* field : {"continues", "stop_requested_at", "reading_halted_at", "finished_at",
                            "in_flight_at_stop", "drain_expected_ms", "error", "outcome", "reason",
                            "about", "requested_by", "stopped_by", "phase", "waiting_for"}) {
    CAPTURE(field);
    CHECK(json.at(field).is_null());
  }
  CHECK(json["warnings"].is_array());
}

TEST_CASE("what was delivered is told apart, and null where that is not known") {
  run_record run;
  run.counters.delivered = 6;
  run.counters.delivered_as = {1, 2, 3};
  auto json = to_json(run);
  CHECK(json["delivered_inserts"] == 1);
  CHECK(json["delivered_updates"] == 2);
  CHECK(json["delivered_deletes"] == 3);
  run.counters.delivered_as = {};
  json = to_json(run);
  for (const auto* field : {"delivered_inserts", "delivered_updates", "delivered_deletes"})
    CHECK(json.at(field).is_null());
  run.counters.delivered = 0;
  CHECK(to_json(run)["delivered_deletes"] == 0);
}

TEST_CASE("a status holds its run or null") {
  connection_status status;
  status.connection = "customers";
  status.state = connection_state::draining;
  status.next_type = run_type::incremental;
  status.next_run_at = at_second(60);
  status.rejected_rows = 1;
  status.ledger_rows = 2;
  status.in_flight_batches = 3;
  status.node = "a";
  auto json = to_json(status);
  CHECK(names(json) ==
        std::vector<std::string>{"connection",        "state",       "run",
                                 "next_type",         "next_run_at", "rejected_rows",
                                 "ledger_rows",       "node",        "mode",
                                 "in_flight_batches", "next_reason", "waiting_for_slot",
                                 "enabled",           "leaving",     "continues",
                                 "waiting_for",       "blocked",     "hung_threads",
                                 "restarts",          "requests"});
  CHECK(json["blocked"].is_null());
  CHECK(json["requests"].is_null());
  CHECK(json["state"] == "draining");
  CHECK(json["run"].is_null());
  CHECK(json["next_run_at"] == "2026-01-31T09:01:00.000Z");
  status.run = sample_run();
  status.requests = request_flow{7, 8, request_bound::refusals};
  CHECK(to_json(status)["run"] == to_json(sample_run()));
  CHECK(to_json(status)["requests"].dump() ==
        R"({"under_way":7,"at_once":8,"limited_by":"refusals"})");
}

TEST_CASE("rejected rows keep every digit of their key") {
  rejected_row row;
  row.key = R"({"id":123456789012345678901234567890.10})";
  row.operation = "insert";
  row.reason = "too \"long\"";
  row.attempts = 2;
  row.first_at = at_second(0);
  row.last_at = at_second(1);
  CHECK(
      to_json_text(std::vector{row}) ==
      R"([{"key":{"id":123456789012345678901234567890.10},"operation":"insert","reason":"too \"long\"",)"
      R"("attempts":2,"first_at":"2026-01-31T09:00:00.000Z","last_at":"2026-01-31T09:00:01.000Z","status":null,)"
      R"("in_doubt":false,"key_text":"{\"id\":123456789012345678901234567890.10}"}])");
  CHECK(to_json_text(std::vector<rejected_row>{}) == "[]");
}

TEST_CASE("rejected rows have the destination's code where there is one") {
  rejected_row coded;
  coded.key = R"({"id":1})";
  coded.status = 422;
  auto uncoded = coded;
  uncoded.status.reset();
  const auto json = ordered_json::parse(to_json_text(std::vector{coded, uncoded}));
  CHECK(json[0]["status"] == 422);
  CHECK(json[1]["status"].is_null());
}

TEST_CASE("a rejected row that may have been written all the same says so") {
  rejected_row row;
  row.key = R"({"id":1})";
  row.in_doubt = true;
  CHECK(ordered_json::parse(to_json_text(std::vector{row}))[0]["in_doubt"] == true);
}

TEST_CASE("rejected rows stay one valid document whatever a key or a reason holds") {
  rejected_row damaged;
  damaged.key = "not json \xff";
  damaged.reason = "bad \xfe byte";
  const auto json = ordered_json::parse(to_json_text(std::vector{damaged, damaged}));
  CHECK(json.size() == 2);
  CHECK(json[0]["key"].is_string());
}

TEST_CASE("reasons of rejected rows have an example with every digit") {
  rejected_reason reason{"bad \xfe byte", 7, R"({"id":123456789012345678901234567890.10})",
                         at_second(1)};
  const auto text = to_json_text(std::vector{reason, reason});
  CHECK(text.find(R"({"key":{"id":123456789012345678901234567890.10},)") != std::string::npos);
  const auto json = ordered_json::parse(text);
  CHECK(json.size() == 2);
  CHECK(names(json[0]) == std::vector<std::string>{"key", "reason", "rows", "last_at", "key_text"});
  CHECK(json[0]["rows"] == 7);
  CHECK(json[0]["key_text"] == reason.key);
  CHECK(json[0]["last_at"] == "2026-01-31T09:00:01.000Z");
  CHECK(to_json_text(std::vector<rejected_reason>{}) == "[]");
}

TEST_CASE("a preview is one valid document whatever its keys and samples hold") {
  preview_result p;
  p.connection = "customers";
  p.type = run_type::incremental;
  p.mode = sync_mode::mirror;
  p.counters.inserts = 3;
  p.rejected_retried = 2;
  p.guarded = {errc::guarded, "delete vanished rows", "customers", "too many", "look"};
  p.samples = {{"insert", R"({"id":123456789012345678901234567890.10})", "bad \xfe byte", ""},
               {"read", "not json \xff", "", "NULL"}};
  const auto text = preview_to_json_text(p);
  CHECK(text.find(R"({"key":{"id":123456789012345678901234567890.10},)") != std::string::npos);
  const auto json = ordered_json::parse(text);
  CHECK(json["type"] == "incremental");
  CHECK(json["inserts"] == 3);
  CHECK(json["rejected_retried"] == 2);
  CHECK(json["guarded"]["code"] == "guarded");
  CHECK(json["samples"][0]["reason"] == "");
  CHECK(json["samples"][1]["key"].is_string());
  CHECK(json["samples"][1]["rendered"].is_null());
  CHECK(ordered_json::parse(preview_to_json_text({}))["samples"].empty());
}

TEST_CASE("a node has its fields, and null for what is not known") {
  node_status n;
  n.address = "tls:b:4600";
  n.problem = {errc::unreachable, "link with node", "tls:b:4600", "nobody answers", "start it"};
  const auto unknown = to_json(n);
  CHECK(unknown["node"].is_null());
  CHECK(unknown["version"].is_null());
  CHECK(unknown["started_at"].is_null());
  CHECK(unknown["link"] == "unreachable");
  CHECK(unknown["error"]["code"] == "unreachable");
  n = {};
  n.node = "a";
  n.link = link_state::self;
  n.connections = {"x", "y"};
  n.conflicts = {"y"};
  const auto self = to_json(n);
  CHECK(self["node"] == "a");
  CHECK(self["address"].is_null());
  CHECK(self["link"] == "self");
  CHECK(self["connections"].size() == 2);
  CHECK(self["conflicts"][0] == "y");
  CHECK(self["error"].is_null());
}
