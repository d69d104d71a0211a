#include "runtime/cli/render_lists.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "messages/ascii.hpp"
#include "tests/support/nine.hpp"

using namespace sluice;
using namespace sluice::cli;
using namespace std::chrono_literals;
using test::nine;

namespace {

connection_status some_status() {
  connection_status s;
  s.connection = "customers";
  s.mode = sync_mode::mirror;
  s.ledger_rows = 100'000;
  s.node = "a";
  return s;
}

run_record some_run(run_state state) {
  run_record r;
  r.run = "01JD";
  r.connection = "customers";
  r.state = state;
  r.epoch = 1;
  r.started_at = nine - 10min;
  r.finished_at = nine - 5min;
  return r;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("a connection that never ran says how to start it") {
  CHECK(status_text(some_status(), nine, {}) ==
        "customers  idle\n"
        "  mode      mirror\n"
        "  next run  full, on demand\n"
        "  ledger    100,000 rows acknowledged\n"
        "  node      a\n"
        "\nno run yet; start one with `sluice sync customers`\n");
}

TEST_CASE("status tells when the next run is and that it continues the last one") {
  auto s = some_status();
  s.run = some_run(run_state::stopped);
  s.continues = true;
  s.next_run_at = nine + 15min;
  s.rejected_rows = 3;
  const auto text = status_text(s, nine, {});
  CHECK(contains(text, "next run  full, in 15 min (2026-01-31 09:15:00Z); continues the last run"));
  CHECK(contains(text, "rejected  at least 3 rows; see `sluice rejected customers`"));
  CHECK(contains(text, "full run 01JD stopped after 5 min 00 s"));
}

TEST_CASE("status of a running connection tells the batches in flight") {
  auto s = some_status();
  s.state = connection_state::running;
  s.run = some_run(run_state::running);
  s.run->finished_at.reset();
  s.in_flight_batches = 1;
  CHECK(contains(status_text(s, nine, {}), "in flight  1 batch\n"));
}

TEST_CASE("status tells how many requests an API gets at once, and why there are not more") {
  auto s = some_status();
  s.requests = request_flow{7, 8, request_bound::refusals};
  CHECK(contains(status_text(s, nine, {}), "  requests  7 of 8 at once: the API refuses more\n"));
  s.requests->limited_by = request_bound::rows;
  CHECK(contains(status_text(s, nine, {}), "at once: there are no more rows to send\n"));
}

TEST_CASE("the list of connections tells the health of each") {
  auto fine = some_status();
  fine.run = some_run(run_state::succeeded);
  auto rejecting = some_status();
  rejecting.connection = "orders";
  rejecting.run = some_run(run_state::succeeded);
  rejecting.rejected_rows = 2;
  auto failing = some_status();
  failing.connection = "users";
  failing.run = some_run(run_state::failed);
  failing.run->failed = {errc::source_failed, "read model", "users", "gone", ""};
  auto fresh = some_status();
  fresh.connection = "visits";
  fresh.state = connection_state::disabled;
  CHECK(
      connections_text({fine, rejecting, failing, fresh}, nine, {}) ==
      "CONNECTION  STATE     MODE    LAST RUN                  NEXT RUN         HEALTH\n"
      "customers   idle      mirror  full succeeded 5 min ago  full, on demand  ok\n"
      "orders      idle      mirror  full succeeded 5 min ago  full, on demand  2 rejected rows\n"
      "users       idle      mirror  full failed 5 min ago     full, on demand  failed: read model "
      "'users': gone\n"
      "visits      disabled  mirror  -                         -                never ran\n");
  CHECK(contains(connections_text({}, nine, {}), "no connections"));
  CHECK(connections_text({fine, rejecting, failing, fresh}, nine, {}, 60) ==
        "CONNECTION  STATE     LAST RUN             NEXT RUN\n"
        "customers   idle      succeeded 5 min ago  full, on demand\n"
        "orders      idle      succeeded 5 min ago  full, on demand\n"
        "users       idle      failed 5 min ago     full, on demand\n"
        "visits      disabled  -                    -\n"
        "\n"
        "orders: 2 rejected rows\n"
        "users: failed: read model 'users': gone\n");
}

TEST_CASE("within 80 columns the list of connections shows what people look for") {
  auto busy = some_status();
  busy.connection = "crm_contacts_of_all_regions";
  busy.state = connection_state::running;
  busy.next_type = run_type::incremental;
  busy.waiting_for = "orders to succeed";
  busy.run = some_run(run_state::running);
  busy.run->finished_at.reset();
  busy.run->phase = run_phase::waiting;
  busy.run->waiting_for = "node b, which is to deliver: " + std::string(80, 'x');
  auto partly = some_status();
  partly.run = some_run(run_state::succeeded);
  partly.run->counters.rejected = 1;
  partly.rejected_rows = 1;
  partly.next_type = run_type::incremental;
  partly.next_run_at = nine + 15min;
  const auto text = connections_text({busy, partly}, nine, {}, 80);
  CHECK(widest_line(text) <= 80);
  CHECK(contains(text, "running  for 10 min 00 s"));
  CHECK(contains(text, "with failures 5 min ago  in 15 min\n"));
  CHECK(contains(text, "\ncrm_contacts_of_all_regions: waits for node b, which is to deliver: xx"));
  CHECK(contains(text, "\ncustomers: 1 rejected row\n"));
}

TEST_CASE("the list of runs tells below it why runs failed") {
  auto failed = some_run(run_state::failed);
  failed.failed = {errc::destination_failed, "write", "customers", "disk full", "make room"};
  failed.counters = {.read = 1'234'567, .inserts = 1, .delivered = 0, .undelivered = 1};
  const auto text = runs_text({failed, some_run(run_state::succeeded)}, nine, {});
  CHECK(contains(text, "1,234,567"));
  CHECK(contains(text, "\n01JD: write 'customers': disk full; make room\n"));
  CHECK(runs_text({}, nine, {}) == "no runs yet\n");
}

TEST_CASE("rejected rows show key operation attempts times and reason") {
  CHECK(
      rejected_text({{R"({"id":7})", "insert", "too long\nfor column", 3, nine - 2h, nine - 5min}},
                    nine, {}) ==
      "KEY       OPERATION  ATTEMPTS  FIRST    LAST       REASON\n"
      "{\"id\":7}  insert            3  2 h ago  5 min ago  too long for column\n");
  CHECK(rejected_text({}, nine, {}) == "no rejected rows\n");
}

TEST_CASE("lists fit the width that they are given and say everything without one") {
  std::vector<run_record> runs;
  for (const auto state : {run_state::succeeded, run_state::failed, run_state::interrupted}) {
    auto run = some_run(state);
    run.run = "01JD8Q2M7K3V9T5W4X6Y8Z0ABC";
    run.type = run_type::incremental;
    run.counters = {
        .read = 1'000'000, .invalid = 2, .inserts = 999'998, .delivered = 999'990, .rejected = 8};
    if (state == run_state::failed)
      run.failed = {errc::destination_failed, "deliver", "customers",
                    "HTTP 502: <!DOCTYPE html><html><head>\n<title>502 Bad\n Gateway</title>" +
                        std::string(3000, 'x'),
                    "wait"};
    runs.push_back(run);
  }
  std::vector<rejected_row> rows;
  rows.push_back({R"({"id":)" + std::string(90, '7') + "}", "insert",
                  "HTTP 422: <HTML>" + std::string(3000, 'y'), 3, nine - 2h, nine - 50min, 422});
  for (const std::size_t width : {80, 100, 132}) {
    CAPTURE(width);
    for (const auto& text :
         {runs_text(runs, nine, {}, width), rejected_text(rows, nine, {}, width)})
      for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        CHECK(display_width(text.substr(at, end - at)) <= width);
        at = end + 1;
      }
  }
  const auto brief = runs_text(runs, nine, {}, 80);
  CHECK(contains(brief, "with failures"));
  CHECK(contains(brief, "8 rejected, 2 invalid; see `sluice"));
  CHECK(contains(brief, "HTTP 502: an HTML page (502"));
  CHECK(contains(rejected_text(rows, nine, {}, 80), "HTTP 422: an HTML page"));
  CHECK(contains(runs_text(runs, nine, {}), std::string(3000, 'x')));
  CHECK(contains(rejected_text(rows, nine, {}), std::string(3000, 'y')));
}

TEST_CASE("a list that leaves rejected rows out says how many there are") {
  CHECK(rejected_note({.shown = 50, .limit = 50, .all = 50}) ==
        "the latest 50; --limit shows more");
  CHECK(rejected_note({.shown = 50, .limit = 50, .all = 25'000}) ==
        "the latest 50 of 25,000; --limit shows more");
  CHECK(rejected_note({.shown = 10'000, .limit = 100'000, .all = 25'000}) ==
        "10,000 of 25,000 rejected rows are listed; of the others only the number is kept");
  CHECK(rejected_note({.shown = 3, .limit = 50, .all = 3}).empty());
}

TEST_CASE("status says what a connection waits for and what it does") {
  auto s = some_status();
  s.waiting_for = "orders to succeed";
  CHECK(contains(status_text(s, nine, {}), "next run  full, waits for orders to succeed"));
  s.run = some_run(run_state::running);
  s.run->finished_at.reset();
  s.run->phase = run_phase::waiting;
  s.run->waiting_for = "node b";
  s.state = connection_state::running;
  CHECK(contains(status_text(s, nine, {}), "phase      waiting for node b"));
  CHECK(contains(connections_text({s}, nine, {}), "waits for node b"));
}

TEST_CASE("a disabled connection whose run drains has no next run") {
  auto s = some_status();
  s.state = connection_state::draining;
  s.enabled = false;
  s.next_run_at = nine + 15min;
  CHECK(contains(status_text(s, nine, {}), "next run  none: it is disabled"));
}

TEST_CASE("rejected rows show the destination's code if any of them has one") {
  CHECK(rejected_text({{R"({"id":7})", "insert", "no", 1, nine - 2h, nine - 2h, 422},
                       {R"({"id":8})", "read", "not UTF-8", 1, nine - 2h, nine - 2h}},
                      nine, {}) ==
        "KEY       OPERATION  ATTEMPTS  FIRST    LAST     STATUS  REASON\n"
        "{\"id\":7}  insert            1  2 h ago  2 h ago     422  no\n"
        "{\"id\":8}  read              1  2 h ago  2 h ago       -  not UTF-8\n");
}

TEST_CASE("rejected rows tell which of them are in doubt if any is") {
  rejected_row doubted{R"({"id":7})", "insert", "no", 1, nine - 2h, nine - 2h};
  doubted.in_doubt = true;
  CHECK(rejected_text({doubted, {R"({"id":8})", "insert", "no", 1, nine - 2h, nine - 2h}}, nine,
                      {}) ==
        "KEY       OPERATION  ATTEMPTS  FIRST    LAST     IN DOUBT  REASON\n"
        "{\"id\":7}  insert            1  2 h ago  2 h ago  yes       no\n"
        "{\"id\":8}  insert            1  2 h ago  2 h ago  -         no\n");
}

TEST_CASE(
    "connections of several nodes are listed with their nodes, unreachable ones with nothing "
    "else") {
  auto here = some_status();
  auto there = some_status();
  there.connection = "orders";
  there.node = "b";
  there.state = connection_state::unreachable;
  CHECK(connections_text({here, there}, nine, {}) ==
        "CONNECTION  NODE  STATE        MODE    LAST RUN  NEXT RUN         HEALTH\n"
        "customers   a     idle         mirror  -         full, on demand  never ran\n"
        "orders      b     unreachable  -       -         -                node b cannot be "
        "reached\n");
}

TEST_CASE("nodes are listed with their links, and below them what is wrong") {
  node_status self;
  self.node = "a";
  self.version = "1.0";
  self.link = link_state::self;
  self.started_at = nine - 2h;
  self.connections = {"customers", "orders"};
  node_status linked = self;
  linked.node = "b";
  linked.address = "tls:b.example:4600";
  linked.link = link_state::linked;
  linked.since = nine - 1h;
  linked.connections = {};
  node_status lost = linked;
  lost.node = "c";
  lost.address = "";
  lost.link = link_state::unreachable;
  lost.problem = {errc::unreachable, "talk to node", "c", "the connection with it was lost", ""};
  node_status unknown;
  unknown.address = "tls:d.example:4600";
  CHECK(nodes_text({self, linked, lost, unknown}, nine, {}) ==
        "NODE  ADDRESS             VERSION      UPTIME  LINK                                    "
        "CONNECTIONS\n"
        "a     -                   1.0      2 h 00 min  self                                    "
        "customers, orders\n"
        "b     tls:b.example:4600  1.0      2 h 00 min  linked since 2026-01-31 08:00:00Z       -\n"
        "c     -                   1.0               -  unreachable since 2026-01-31 08:00:00Z  -\n"
        "-     tls:d.example:4600  -                 -  unreachable                             -\n"
        "\n"
        "c: talk to node 'c': the connection with it was lost\n");
  for (int i = 0; i < 40; ++i) linked.connections.emplace_back("connection_" + std::to_string(i));
  const auto brief = nodes_text({self, linked, lost, unknown}, nine, {}, 80);
  CHECK(widest_line(brief) <= 80);
  CHECK(contains(brief, "b     tls:b.example:4600  2 h 00 min  linked 1 h ago"));
  linked.ending = lost.ending = true;
  const auto at_end = nodes_text({linked, lost}, nine, {});
  CHECK(contains(at_end, "linked since 2026-01-31 08:00:00Z, ending"));
  CHECK_FALSE(contains(at_end, "unreachable since 2026-01-31 08:00:00Z, ending"));
  self.conflicts = {"orders"};
  CHECK(contains(nodes_text({self}, nine, {}), "orders: another node runs this connection, too\n"));
}
