#include "runtime/metrics/exposition.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>

namespace sluice::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using seconds = std::chrono::duration<double>;

struct label {
  const char* name;
  std::string_view value;
};

double number(std::uint64_t x) { return static_cast<double>(x); }
double number(seconds x) { return x.count(); }
double number(bool x) { return x ? 1 : 0; }
double number(timestamp t) { return seconds(t.time_since_epoch()).count(); }

/// The series of one family.
class series {
 public:
  series(const char* name, const char* help, MetricType type) : family_{name, help, type, {}} {}

  void add(std::initializer_list<label> labels, double value) {
    auto& metric = family_.metric.emplace_back();
    for (const auto& l : labels) metric.label.push_back({l.name, std::string(l.value)});
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  [[nodiscard]] const MetricFamily& family() const { return family_; }

 private:
  MetricFamily family_;
};

/// The same for one connection, whose name every series has.
class connection_series {
 public:
  connection_series(series& all, const connection_sample& about)
      : all_(all), connection_(about.status.connection) {}

  void add(double value) { all_.add({{"connection", connection_}}, value); }
  void add(const label& also, double value) {
    all_.add({{"connection", connection_}, also}, value);
  }

 private:
  series& all_;
  std::string_view connection_;
};

bool active(const connection_status& s) {
  return s.state == connection_state::running || s.state == connection_state::draining;
}

struct family_of_connections {
  const char* name;
  const char* help;
  MetricType type;
  void (*add)(connection_series&, const connection_sample&);
};

// In the order of the document. Names: https://prometheus.io/docs/practices/naming/
constexpr std::array families{
    family_of_connections{"sluice_runs_total", "Runs that ended, by final state.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            for (std::size_t i = 0; i < ended_states.size(); ++i)
                              s.add({"state", to_string(ended_states[i])}, number(c.sums.runs[i]));
                          }},
    family_of_connections{
        "sluice_rows_read_total", "Rows read from the source.", MetricType::Counter,
        [](connection_series& s, const connection_sample& c) { s.add(number(c.sums.rows.read)); }},
    family_of_connections{"sluice_fetched_rows_total",
                          "Rows and digests that came over the wire from the source.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(c.sums.rows.fetched_rows));
                          }},
    family_of_connections{"sluice_fetched_bytes_total",
                          "Bytes of values that came over the wire from the source.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(c.sums.rows.fetched_bytes));
                          }},
    family_of_connections{"sluice_rows_total",
                          "Rows by what became of them: unchanged and invalid ones are not offered "
                          "to the destination.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            const auto& rows = c.sums.rows;
                            s.add({"outcome", "unchanged"}, number(rows.unchanged));
                            s.add({"outcome", "invalid"}, number(rows.invalid));
                            s.add({"outcome", "delivered"}, number(rows.delivered));
                            s.add({"outcome", "rejected"}, number(rows.rejected));
                            s.add({"outcome", "undelivered"}, number(rows.undelivered));
                          }},
    family_of_connections{"sluice_deltas_total", "Rows to deliver, by operation.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            s.add({"operation", "insert"}, number(c.sums.rows.inserts));
                            s.add({"operation", "update"}, number(c.sums.rows.updates));
                            s.add({"operation", "delete"}, number(c.sums.rows.deletes));
                          }},
    family_of_connections{
        "sluice_reading_seconds_total", "Time spent waiting for rows of the source.",
        MetricType::Counter,
        [](connection_series& s, const connection_sample& c) { s.add(number(c.reading)); }},
    family_of_connections{
        "sluice_delivering_seconds_total",
        "Time spent delivering to the destination, summed over the writers.", MetricType::Counter,
        [](connection_series& s, const connection_sample& c) { s.add(number(c.delivering)); }},
    family_of_connections{"sluice_draining_seconds_total",
                          "Time from the end of reading to the end of the run.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(seconds(c.sums.draining)));
                          }},
    family_of_connections{"sluice_destination_wait_seconds_total",
                          "Part of the time spent delivering in which writers waited: for the rate "
                          "limit, or to try a failing destination again.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            s.add({"reason", "rate_limit"}, number(c.rate_limited));
                            s.add({"reason", "retry"}, number(c.retrying));
                          }},
    family_of_connections{"sluice_destination_requests", "Requests under way to an API.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(std::uint64_t{c.requests}));
                          }},
    family_of_connections{
        "sluice_destination_requests_limit",
        "How many requests to an API may be under way at once; 0 before the first.",
        MetricType::Gauge,
        [](connection_series& s, const connection_sample& c) {
          s.add(number(std::uint64_t{c.requests_allowed}));
        }},
    family_of_connections{"sluice_connection_state", "1 for the state the connection is in.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            using enum connection_state;
                            for (const auto state : {idle, running, draining, disabled})
                              s.add({"state", to_string(state)}, number(c.status.state == state));
                          }},
    family_of_connections{"sluice_connection_blocked",
                          "1 while no run can begin: a thread hangs, or nobody supervises the "
                          "connection.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(static_cast<bool>(c.status.blocked)));
                          }},
    family_of_connections{"sluice_hung_threads",
                          "Threads of runs that were ended without them, and have not come back.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(std::uint64_t{c.status.hung_threads}));
                          }},
    family_of_connections{"sluice_supervisor_restarts_total",
                          "How often what supervises the connection died and was started again.",
                          MetricType::Counter,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(std::uint64_t{c.status.restarts}));
                          }},
    family_of_connections{"sluice_waiting_for_slot",
                          "1 while a run waits since max_running_syncs others are active.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(c.status.waiting_for_slot));
                          }},
    family_of_connections{"sluice_in_flight_batches", "Batches sent to writers and not settled.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(std::uint64_t{c.status.in_flight_batches}));
                          }},
    family_of_connections{"sluice_in_flight_rows", "Rows sent to writers and not settled.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            const bool moving = active(c.status) && c.status.run;
                            const auto rows = moving ? c.status.run->counters : run_counters{};
                            const auto settled = std::min(rows.settled(), rows.deltas());
                            s.add(number(rows.deltas() - settled));
                          }},
    family_of_connections{"sluice_ledger_rows", "Rows that the destination has acknowledged.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(c.status.ledger_rows));
                          }},
    family_of_connections{"sluice_rejected_rows", "Rows that are rejected or invalid.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            s.add(number(c.status.rejected_rows));
                          }},
    family_of_connections{"sluice_last_success_timestamp_seconds",
                          "End of the last run that succeeded; none while that is not known.",
                          MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            if (c.last_success) s.add(number(*c.last_success));
                          }},
    family_of_connections{"sluice_next_run_timestamp_seconds",
                          "When the next run is due; none without a schedule.", MetricType::Gauge,
                          [](connection_series& s, const connection_sample& c) {
                            if (c.status.next_run_at) s.add(number(*c.status.next_run_at));
                          }},
};

class document {
 public:
  void add(const series& s) { serializer_.Serialize(out_, {s.family()}); }
  void gauge(const char* name, const char* help, double value,
             std::initializer_list<label> labels = {}) {
    add(name, help, MetricType::Gauge, value, labels);
  }
  void counter(const char* name, const char* help, double value) {
    add(name, help, MetricType::Counter, value, {});
  }
  std::string take() { return std::move(out_).str(); }

 private:
  void add(const char* name, const char* help, MetricType type, double value,
           std::initializer_list<label> labels) {
    series s(name, help, type);
    s.add(labels, value);
    add(s);
  }

  prometheus::TextSerializer serializer_;
  std::ostringstream out_;
};

void add_node(document& out, const node_sample& node,
              const std::vector<connection_sample>& connections) {
  const auto holds_slot = [](const connection_sample& c) {
    return active(c.status) && !c.status.waiting_for_slot;
  };
  out.gauge("sluice_node_info", "Name and version of the node; always 1.", 1,
            {{"node", node.name}, {"version", node.version}});
  out.gauge("sluice_running_syncs", "Runs that are active.",
            static_cast<double>(std::ranges::count_if(connections, holds_slot)));
  out.gauge("sluice_running_syncs_limit", "max_running_syncs of the configuration.",
            node.max_running_syncs);
  if (node.certificate_ends_at)
    out.gauge("sluice_certificate_end_timestamp_seconds",
              "Until when the node's certificate is good; none without one.",
              number(*node.certificate_ends_at));
  out.gauge("process_start_time_seconds", "When the process began.", number(node.started));
  const auto& process = node.process;
  out.counter("process_cpu_seconds_total", "User and system time of the process.",
              process.cpu_seconds);
  if (process.resident_bytes)
    out.gauge("process_resident_memory_bytes", "Memory of the process in RAM.",
              number(*process.resident_bytes));
  if (process.open_descriptors)
    out.gauge("process_open_fds", "File descriptors that the process has open.",
              number(*process.open_descriptors));
}

}  // namespace

std::string expose(const node_sample& node, const std::vector<connection_sample>& connections) {
  document out;
  add_node(out, node, connections);
  for (const auto& f : families) {
    series all(f.name, f.help, f.type);
    for (const auto& c : connections) {
      connection_series own(all, c);
      f.add(own, c);
    }
    out.add(all);
  }
  return out.take();
}

}  // namespace sluice::metrics
