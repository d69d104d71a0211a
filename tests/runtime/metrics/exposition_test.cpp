#include "runtime/metrics/exposition.hpp"

#include <doctest/doctest.h>

#include "tests/support/metrics_text.hpp"
#include "tests/support/nine.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::nine;

namespace {

metrics::node_sample node() {
  metrics::node_sample n;
  n.name = "a";
  n.version = "1.2.3";
  n.max_running_syncs = 8;
  n.started = nine - 1500ms;
  n.process = {1.5, 123456789, 42};
  return n;
}

/// A connection in the middle of its fourth run.
metrics::connection_sample customers() {
  metrics::connection_sample c;
  c.status.connection = "customers";
  c.status.state = connection_state::draining;
  c.status.ledger_rows = 12345678901;
  c.status.rejected_rows = 3;
  c.status.in_flight_batches = 2;
  c.status.blocked = {errc::hanging, "start", "customers", "a thread hangs", ""};
  c.status.hung_threads = 2;
  c.status.restarts = 3;
  c.status.next_run_at = nine + 15min;
  auto& run = c.status.run.emplace();
  run.counters.inserts = 100;
  run.counters.deletes = 1;
  run.counters.delivered = 60;
  run.counters.rejected = 1;
  c.sums.runs = {2, 1, 0, 0, 5};
  c.sums.rows = {1000, 600, 2, 300, 98, 7, 390, 4, 11};
  c.sums.draining = 1250ms;
  c.last_success = nine;
  c.reading = 2s;
  c.delivering = 3500ms;
  c.rate_limited = 250ms;
  c.retrying = 125ms;
  c.requests = 7;
  c.requests_allowed = 8;
  return c;
}

constexpr auto golden = R"(# HELP sluice_node_info Name and version of the node; always 1.
# TYPE sluice_node_info gauge
sluice_node_info{node="a",version="1.2.3"} 1
# HELP sluice_running_syncs Runs that are active.
# TYPE sluice_running_syncs gauge
sluice_running_syncs 1
# HELP sluice_running_syncs_limit max_running_syncs of the configuration.
# TYPE sluice_running_syncs_limit gauge
sluice_running_syncs_limit 8
# HELP process_start_time_seconds When the process began.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1769849998.5
# HELP process_cpu_seconds_total User and system time of the process.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.5
# HELP process_resident_memory_bytes Memory of the process in RAM.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 123456789
# HELP process_open_fds File descriptors that the process has open.
# TYPE process_open_fds gauge
process_open_fds 42
# HELP sluice_runs_total Runs that ended, by final state.
# TYPE sluice_runs_total counter
sluice_runs_total{connection="customers",state="succeeded"} 2
sluice_runs_total{connection="customers",state="stopped"} 1
sluice_runs_total{connection="customers",state="failed"} 0
sluice_runs_total{connection="customers",state="interrupted"} 0
sluice_runs_total{connection="customers",state="skipped"} 5
# HELP sluice_rows_read_total Rows read from the source.
# TYPE sluice_rows_read_total counter
sluice_rows_read_total{connection="customers"} 1000
# HELP sluice_fetched_rows_total Rows and digests that came over the wire from the source.
# TYPE sluice_fetched_rows_total counter
sluice_fetched_rows_total{connection="customers"} 0
# HELP sluice_fetched_bytes_total Bytes of values that came over the wire from the source.
# TYPE sluice_fetched_bytes_total counter
sluice_fetched_bytes_total{connection="customers"} 0
# HELP sluice_rows_total Rows by what became of them: unchanged and invalid ones are not offered to the destination.
# TYPE sluice_rows_total counter
sluice_rows_total{connection="customers",outcome="unchanged"} 600
sluice_rows_total{connection="customers",outcome="invalid"} 2
sluice_rows_total{connection="customers",outcome="delivered"} 390
sluice_rows_total{connection="customers",outcome="rejected"} 4
sluice_rows_total{connection="customers",outcome="undelivered"} 11
# HELP sluice_deltas_total Rows to deliver, by operation.
# TYPE sluice_deltas_total counter
sluice_deltas_total{connection="customers",operation="insert"} 300
sluice_deltas_total{connection="customers",operation="update"} 98
sluice_deltas_total{connection="customers",operation="delete"} 7
# HELP sluice_reading_seconds_total Time spent waiting for rows of the source.
# TYPE sluice_reading_seconds_total counter
sluice_reading_seconds_total{connection="customers"} 2
# HELP sluice_delivering_seconds_total Time spent delivering to the destination, summed over the writers.
# TYPE sluice_delivering_seconds_total counter
sluice_delivering_seconds_total{connection="customers"} 3.5
# HELP sluice_draining_seconds_total Time from the end of reading to the end of the run.
# TYPE sluice_draining_seconds_total counter
sluice_draining_seconds_total{connection="customers"} 1.25
# HELP sluice_destination_wait_seconds_total Part of the time spent delivering in which writers waited: for the rate limit, or to try a failing destination again.
# TYPE sluice_destination_wait_seconds_total counter
sluice_destination_wait_seconds_total{connection="customers",reason="rate_limit"} 0.25
sluice_destination_wait_seconds_total{connection="customers",reason="retry"} 0.125
# HELP sluice_destination_requests Requests under way to an API.
# TYPE sluice_destination_requests gauge
sluice_destination_requests{connection="customers"} 7
# HELP sluice_destination_requests_limit How many requests to an API may be under way at once; 0 before the first.
# TYPE sluice_destination_requests_limit gauge
sluice_destination_requests_limit{connection="customers"} 8
# HELP sluice_connection_state 1 for the state the connection is in.
# TYPE sluice_connection_state gauge
sluice_connection_state{connection="customers",state="idle"} 0
sluice_connection_state{connection="customers",state="running"} 0
sluice_connection_state{connection="customers",state="draining"} 1
sluice_connection_state{connection="customers",state="disabled"} 0
# HELP sluice_connection_blocked 1 while no run can begin: a thread hangs, or nobody supervises the connection.
# TYPE sluice_connection_blocked gauge
sluice_connection_blocked{connection="customers"} 1
# HELP sluice_hung_threads Threads of runs that were ended without them, and have not come back.
# TYPE sluice_hung_threads gauge
sluice_hung_threads{connection="customers"} 2
# HELP sluice_supervisor_restarts_total How often what supervises the connection died and was started again.
# TYPE sluice_supervisor_restarts_total counter
sluice_supervisor_restarts_total{connection="customers"} 3
# HELP sluice_waiting_for_slot 1 while a run waits since max_running_syncs others are active.
# TYPE sluice_waiting_for_slot gauge
sluice_waiting_for_slot{connection="customers"} 0
# HELP sluice_in_flight_batches Batches sent to writers and not settled.
# TYPE sluice_in_flight_batches gauge
sluice_in_flight_batches{connection="customers"} 2
# HELP sluice_in_flight_rows Rows sent to writers and not settled.
# TYPE sluice_in_flight_rows gauge
sluice_in_flight_rows{connection="customers"} 40
# HELP sluice_ledger_rows Rows that the destination has acknowledged.
# TYPE sluice_ledger_rows gauge
sluice_ledger_rows{connection="customers"} 12345678901
# HELP sluice_rejected_rows Rows that are rejected or invalid.
# TYPE sluice_rejected_rows gauge
sluice_rejected_rows{connection="customers"} 3
# HELP sluice_last_success_timestamp_seconds End of the last run that succeeded; none while that is not known.
# TYPE sluice_last_success_timestamp_seconds gauge
sluice_last_success_timestamp_seconds{connection="customers"} 1769850000
# HELP sluice_next_run_timestamp_seconds When the next run is due; none without a schedule.
# TYPE sluice_next_run_timestamp_seconds gauge
sluice_next_run_timestamp_seconds{connection="customers"} 1769850900
)";

}  // namespace

TEST_CASE("a connection is told as this document") {
  const auto text = metrics::expose(node(), {customers()});
  CHECK(text == golden);
  CHECK(test::read_metrics(text).problems.empty());
}

TEST_CASE("what is not known is left out, and the document stays good") {
  auto n = node();
  n.process = {};
  metrics::connection_sample c;
  c.status.connection = "new";
  const auto read = test::read_metrics(metrics::expose(n, {c}));
  CHECK(read.problems.empty());
  CHECK_FALSE(read.series.contains("process_open_fds"));
  CHECK_FALSE(read.series.contains("sluice_next_run_timestamp_seconds{connection=\"new\"}"));
  CHECK_FALSE(read.series.contains("sluice_last_success_timestamp_seconds{connection=\"new\"}"));
  CHECK(read.at("sluice_runs_total{connection=\"new\",state=\"failed\"}") == 0);
  CHECK(test::read_metrics(metrics::expose(n, {})).problems.empty());
}

TEST_CASE("labels are escaped") {
  auto n = node();
  n.name = "a\"b\\c\nd";
  const auto text = metrics::expose(n, {});
  CHECK(text.find(R"(sluice_node_info{node="a\"b\\c\nd",version="1.2.3"} 1)") != std::string::npos);
  CHECK(test::read_metrics(text).problems.empty());
}

TEST_CASE("every connection has the same number of series") {
  std::vector<metrics::connection_sample> many;
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 3; ++i) {
    many.push_back(customers());
    many.back().status.connection = connection_name("c" + std::to_string(i));
    sizes.push_back(test::read_metrics(metrics::expose(node(), many)).series.size());
  }
  CHECK(sizes[1] - sizes[0] == sizes[2] - sizes[1]);
}

TEST_CASE("runs that wait for a slot are not running") {
  auto waiting = customers();
  waiting.status.waiting_for_slot = true;
  const auto read = test::read_metrics(metrics::expose(node(), {waiting}));
  CHECK(read.at("sluice_running_syncs") == 0);
  CHECK(read.of("sluice_waiting_for_slot", "customers") == 1);
}

TEST_CASE("nothing is in flight once a run has ended, whatever its counters say") {
  auto ended = customers();
  ended.status.state = connection_state::idle;
  const auto read = test::read_metrics(metrics::expose(node(), {ended}));
  CHECK(read.of("sluice_in_flight_rows", "customers") == 0);
}

TEST_CASE("the process knows its memory and its descriptors") {
  const auto sample = metrics::sample_process();
  CHECK(sample.cpu_seconds > 0);
  REQUIRE(sample.resident_bytes);
  CHECK(*sample.resident_bytes > 1'000'000);
  REQUIRE(sample.open_descriptors);
  CHECK(*sample.open_descriptors >= 3);
}
