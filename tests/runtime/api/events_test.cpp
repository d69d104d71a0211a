#include "runtime/api/events.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using api::changes_between;

namespace {

connection_status running_status(const connection_name& name) {
  connection_status c;
  c.connection = name;
  c.run = test::example_run(run_state::running);
  c.run->connection = name;
  return c;
}

/// `EVENT CONNECTION` of each.
std::vector<std::string> told(const api::changes& changes) {
  std::vector<std::string> out;
  for (const auto& each : changes.events)
    out.push_back(each.text.substr(7, each.text.find('\n') - 7) + " " + each.connection);
  return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing is told where nothing has changed") {
  CHECK(changes_between({running_status("a")}, {running_status("a")}).events.empty());
  CHECK(changes_between({}, {}).events.empty());
}

TEST_CASE("the progress of a run is a run, and no more") {
  auto now = running_status("a");
  now.run->counters.delivered += 1;
  const auto changes =
      changes_between({running_status("a"), running_status("b")}, {now, running_status("b")});
  CHECK(told(changes) == texts{"run a"});
  const auto& text = changes.events[0].text;
  CHECK(text.starts_with("event: run\ndata: {\"run\":\"01JABC"));
  CHECK(text.ends_with("}\n"));
  CHECK(std::ranges::count(text, '\n') == 2);
  CHECK(text.find(R"("delivered":16)") != std::string::npos);
}

TEST_CASE("a new state is told of the connection and of its run") {
  auto now = running_status("a");
  now.run->state = run_state::draining;
  CHECK(told(changes_between({running_status("a")}, {now})) == texts{"connection a", "run a"});
  auto listed = running_status("a");
  listed.rejected_rows = 7;
  CHECK(told(changes_between({running_status("a")}, {listed})) == texts{"connection a"});
}

TEST_CASE("connections come and go, whatever order they are listed in") {
  auto bare = running_status("c");
  bare.run.reset();
  const auto changes = changes_between(
      {running_status("d"), running_status("a"), running_status("b")}, {bare, running_status("b")});
  CHECK(told(changes) == texts{"removed a", "connection c", "removed d"});
  CHECK(changes.events[0].text == "event: removed\ndata: \"a\"\n");
}

TEST_CASE("a run that has ended unseen is named") {
  auto now = running_status("a");
  now.run->run = "01JABCDEFGHJKMNPQRSTVWXYZ1";
  const auto changes = changes_between({running_status("a")}, {now});
  CHECK(told(changes) == texts{"connection a", "run a"});
  REQUIRE(changes.missed.size() == 1);
  CHECK(changes.missed[0].connection == "a");
  CHECK(changes.missed[0].run == test::example_run_id);
  auto ended = running_status("a");
  ended.run->state = run_state::succeeded;
  CHECK(changes_between({ended}, {now}).missed.empty());
}

TEST_CASE("whoever may not see rows is told no value of them") {
  auto now = running_status("a");
  now.run->state = run_state::failed;
  now.run->failed = {errc::guarded, "deliver", "a", "one was rejected for: canary", ""};
  now.run->warnings = {"canary"};
  now.blocked = {errc::source_failed, "read model", "a", "canary", ""};
  for (const auto& event : changes_between({running_status("a")}, {now}).events) {
    CHECK(event.text.find("canary") != std::string::npos);
    CHECK(event.without_rows.find("canary") == std::string::npos);
    CHECK(event.without_rows.find("guarded") != std::string::npos);
  }
}

TEST_CASE("an event is its text, its number and an empty line") {
  CHECK(api::event_text(api::resync_text, 7) == "event: resync\ndata: null\nid: 7\n\n");
  CHECK(api::stream_head == "retry: 3000\n\n");
}
