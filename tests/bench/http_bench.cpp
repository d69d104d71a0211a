// Requests to HTTP APIs: the destination alone against wrk, whole syncs, an API that is away.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "runtime/config/config.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/json/json_row.hpp"
#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/nginx.hpp"
#include "tests/bench/wrk.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace sluice::bench;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t writers = 4;
constexpr std::size_t rows_per_request = 100;
constexpr std::size_t requests_of_group = 8;  ///< as many as a writer delivers together
constexpr auto one_measurement = 5s;

// -- the destination alone --

/// The shape of `customers`.
row_schema shape() {
  return {{{{"id"}, value_kind::integer, "id"},
           {{"email"}, value_kind::text, "email"},
           {{"name"}, value_kind::text, "name"},
           {{"city"}, value_kind::text, "city"},
           {{"balance"}, value_kind::decimal, "balance"},
           {{"visits"}, value_kind::integer, "visits"},
           {{"updated_at"}, value_kind::timestamp, "updated_at"}},
          {{{"id"}, value_kind::integer, "id"}}};
}

/// The rows of so many requests as `customers` has them, from `first` on.
batch rows_of(std::size_t requests, std::uint64_t first) {
  batch deltas;
  for (auto i = first; i < first + requests * rows_per_request; ++i) {
    std::string key, row;
    append_value(key, value_kind::integer, std::to_string(i));
    append_value(row, value_kind::integer, std::to_string(i));
    append_value(row, value_kind::text, fmt::format("customer.{}@example.com", i));
    append_value(row, value_kind::text, fmt::format("Customer Number {}", i));
    append_value(row, value_kind::text, fmt::format("City of {}", i % 1000));
    append_value(row, value_kind::decimal, fmt::format("{}.25", i));
    append_value(row, value_kind::integer, std::to_string(i % 500));
    append_value(row, value_kind::timestamp, fmt::format("2026-01-01T00:{:02}:00", i % 60));
    deltas.append(operation::insert, {0, i}, {0, i}, key, row);
  }
  return deltas;
}

/// The body of its request.
std::string body_of(const batch& deltas) {
  json_row render(shape().fields);
  std::string body;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    body += i == 0 ? '[' : ',';
    render.append(body, deltas[i].row);
  }
  return body + ']';
}

destinations::destination_factory ways_into(const nginx& api) {
  config::http_config config;
  config.requests = {{.name = "upsert",
                      .method = "POST",
                      .url = api.url("/customers"),
                      .body = R"("{{rows}}")",
                      .batch_rows = rows_per_request}};
  config.request_for = {0, 0, std::nullopt};
  return destinations::make_factory({config}, log::logger({log::level::error}));
}

/// What four writers, each on a thread of its own, send in a second.
double requests_of_writers(const destinations::destination_factory& make) {
  std::array<std::uint64_t, writers> sent{};
  std::array<std::unique_ptr<destinations::destination>, writers> ways_in;
  std::array<std::vector<batch>, writers> work;
  for (std::size_t w = 0; w < writers; ++w) {
    ways_in[w] = make();
    ways_in[w]->open({"customers", "01BENCH", sync_mode::upsert, shape()}, {});
    for (std::size_t i = 0; i < 8; ++i)
      work[w].push_back(rows_of(requests_of_group,
                                1'000'000 + (w * 8 + i) * requests_of_group * rows_per_request));
  }
  const auto send_until = [&](std::size_t w, std::chrono::steady_clock::time_point end) {
    while (std::chrono::steady_clock::now() < end) {
      const auto outcome = ways_in[w]->deliver(work[w][sent[w] % work[w].size()]);
      if (std::ranges::count(outcome.fates, fate::delivered) !=
          requests_of_group * rows_per_request)
        return;
      ++sent[w];
    }
  };
  const auto time = seconds([&] {
    const auto end = std::chrono::steady_clock::now() + one_measurement;
    std::array<std::jthread, writers> threads;
    for (std::size_t w = 0; w < writers; ++w) threads[w] = std::jthread(send_until, w, end);
  });
  return static_cast<double>((sent[0] + sent[1] + sent[2] + sent[3]) * requests_of_group) / time;
}

/// What wrk sends in a second over as many connections: the same body again and again.
double requests_of_wrk_with(const std::string& body, const nginx& api) {
  const test::temp_dir dir;
  std::ofstream(dir.path() / "body.json") << body;
  std::ofstream(dir.path() / "post.lua") << R"(wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = assert(io.open("body.json")):read("*a")
)";
  return requests_of_wrk(
      {fmt::format("--threads={}", writers), fmt::format("--connections={}", writers),
       fmt::format("--duration={}s", one_measurement.count()), "--script=post.lua",
       api.url("/customers")},
      dir.path());
}

std::string thousands(double per_second) { return fmt::format("{:.1f} k", per_second / 1e3); }

// -- whole syncs --

nlohmann::json to_api(const test::database_fixture& from, const nginx& api) {
  return {
      {"source", {{"odbc", from.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
      {"destination",
       {{"kind", "http"},
        {"batch_rows", rows_per_request},
        {"retry", {{"cap", "1s"}, {"give_up_after", "24h"}}},
        {"upsert", {{"method", "POST"}, {"url", api.url("/customers")}, {"body", "{{rows}}"}}}}},
      {"delivery", {{"writers", writers}}}};
}

void full_api(odbc::product kind) {
  const auto rows = static_cast<double>(sample_rows());
  const test::database_fixture source(kind);
  make_customers(source, sample_rows());
  nginx api;
  const auto way = fastest_way(source);
  std::vector<double> ours, theirs, cpu, requests;
  for (int i = 0; i < 3; ++i) {
    theirs.push_back(bare_read_seconds(source, way));
    test::node_fixture node;
    node.connection("customers", to_api(source, api));
    node.start();
    const auto pid = node.node().pid();
    const auto cpu_before = cpu_seconds(pid);
    const auto requests_before = api.served().requests;
    const auto run = node.sync("customers");
    CHECK(run["delivered"] == sample_rows());
    ours.push_back(run_seconds(run));
    cpu.push_back((cpu_seconds(pid) - cpu_before) / rows * 1e6);
    requests.push_back(static_cast<double>(api.served().requests - requests_before));
    CHECK(node.terminate() == 0);
  }
  const auto time = percentile(ours, 0.5);
  const auto read = percentile(theirs, 0.5);
  const auto measure = fmt::format("full sync, {} to an HTTP API, {} rows a request, {} writers",
                                   to_string(kind), rows_per_request, writers);
  add({measure,
       fmt::format("{:.2f} ({}, {} requests/s)", read / time, rate(rows, time),
                   thousands(percentile(requests, 0.5) / time)),
       fmt::format("bare read, {}: {}", way.name, rate(rows, read)), ""});
  add({measure + ": processor time of the node",
       fmt::format("{:.1f} s for a million rows", percentile(cpu, 0.5)), "", ""});
}

// -- an outage --

std::chrono::seconds outage() {
  const auto* text = std::getenv("SLUICE_BENCH_OUTAGE");
  return std::chrono::seconds(text == nullptr ? 60 : std::stol(text));
}

/// Memory of a node during a full sync, in MiB.
struct memory_use {
  double peak = 0;
  double outage_begin = 0;
  double outage_end = 0;
};

/// With an outage once a third of the rows are delivered.
memory_use full_sync_memory(const test::database_fixture& source, std::chrono::seconds outage) {
  memory_use used;
  nginx api;
  test::node_fixture node;
  node.connection("customers", to_api(source, api));
  node.start();
  const auto pid = node.node().pid();
  memory_watch memory(pid);
  const auto sync = node.begin({"sync", "customers", "--wait", "--json"});
  if (outage > 0s) {
    const auto third = sample_rows() / rows_per_request / 3;
    while (api.served().requests < third) std::this_thread::sleep_for(20ms);
    api.stop();
    std::this_thread::sleep_for(1s);  // what was under way is in the queues
    used.outage_begin = status_mib(pid, "RssAnon");
    std::this_thread::sleep_for(outage);
    used.outage_end = status_mib(pid, "RssAnon");
    api.start();
  }
  const auto ended = sync->wait(300s);
  REQUIRE(ended);
  CHECK(nlohmann::json::parse(ended->output)["delivered"] == sample_rows());
  used.peak = memory.end();
  CHECK(node.terminate() == 0);
  return used;
}

}  // namespace

TEST_CASE("HTTP destination") {
  nginx api;
  const auto make = ways_into(api);
  const auto body = body_of(rows_of(1, 1'000'000));
  const auto before = api.served();
  requests_of_writers(make);
  // Bodies are taken as a whole, and no connection is closed for one.
  CHECK(api.served().connections - before.connections <= writers * requests_of_group);
  std::vector<double> ours, theirs, ratios;
  for (int i = 0; i < pairs; ++i) {
    theirs.push_back(requests_of_wrk_with(body, api));
    ours.push_back(requests_of_writers(make));
    ratios.push_back(ours.back() / theirs.back());
  }
  const auto ratio = percentile(ratios, 0.5);
  const auto per_second = percentile(ours, 0.5);
  add({fmt::format("HTTP destination alone, {} rows a request ({:.1f} kB), {} writers",
                   rows_per_request, static_cast<double>(body.size()) / 1e3, writers),
       fmt::format("{:.2f} ({} requests/s, {})", ratio, thousands(per_second),
                   rate(per_second * rows_per_request, 1)),
       fmt::format("wrk, the same body ready made, {} connections: {} requests/s", writers,
                   thousands(percentile(theirs, 0.5))),
       "0.6", ratio >= 0.6});
}

TEST_CASE("full API PostgreSQL") { full_api(odbc::product::postgresql); }
TEST_CASE("full API SQLite") { full_api(odbc::product::sqlite); }

TEST_CASE("outage") {
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, sample_rows());
  std::vector<double> peaks;
  std::generate_n(std::back_inserter(peaks), 3, [&] { return full_sync_memory(source, 0s).peak; });
  const auto normal = percentile(peaks, 0.5);
  const auto away = full_sync_memory(source, outage());
  add({fmt::format("peak memory of the node, full sync to an HTTP API that is away for {} s",
                   outage().count()),
       fmt::format("{:.0f} MiB; {:.1f} MiB when the outage begins, {:.1f} MiB when it ends",
                   away.peak, away.outage_begin, away.outage_end),
       fmt::format("the same without an outage: {:.0f} MiB", normal), "the same within 10 %",
       std::abs(away.peak - normal) <= normal * 0.1 && away.outage_end <= away.outage_begin * 1.1});
}
