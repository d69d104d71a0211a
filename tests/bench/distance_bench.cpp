// How near a sync comes to what an API at a distance allows: its limits, and requests at once over
// the round trip.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/paced_api.hpp"

using namespace sluice;
using namespace sluice::bench;
using namespace std::chrono_literals;

namespace {

/// An API, and what is asked of it.
struct distance {
  std::chrono::milliseconds latency{0};
  std::uint32_t at_once = 0;
  std::uint32_t rows_per_request = 1;
  std::uint32_t per_second = 0;  ///< requests, as the destination is told; 0: no limit
  std::uint64_t rows = 0;        ///< 0: what it takes in half a minute, at least 2,000
  double wanted = 0;             ///< share of what is possible
};

double requests_per_second(const distance& d) {
  const double at_once = d.at_once * 1000.0 / static_cast<double>(d.latency.count());
  return d.per_second == 0 ? at_once : std::min<double>(at_once, d.per_second);
}

/// Everything that is not said is as it is by default.
nlohmann::json to_paced_api(const test::database_fixture& from, const test::paced_api& api,
                            const distance& d) {
  const auto* const body = d.rows_per_request == 1 ? "{{row}}" : "{{rows}}";
  const auto path = d.rows_per_request == 1 ? "/customers/{{key.id}}" : "/customers";
  nlohmann::json destination{
      {"kind", "http"}, {"upsert", {{"method", "PUT"}, {"url", api.url(path)}, {"body", body}}}};
  if (d.rows_per_request > 1) destination["batch_rows"] = d.rows_per_request;
  if (d.per_second > 0)
    destination["rate_limit"] = {{"requests", 10 * d.per_second}, {"per", "10s"}};
  return {{"source", {{"odbc", from.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
          {"destination", destination}};
}

void measure_over(const distance& d) {
  const auto possible = requests_per_second(d) * d.rows_per_request;
  const auto rows = d.rows != 0 ? d.rows
                                : std::clamp<std::uint64_t>(
                                      static_cast<std::uint64_t>(possible * 30), 2'000, 400'000);
  const test::database_fixture source(odbc::product::sqlite);
  make_customers(source, rows);
  test::paced_api api({.latency = d.latency, .at_once = d.at_once});
  test::node_fixture node;
  node.connection("customers", to_paced_api(source, api, d));
  node.start();
  const auto pid = node.node().pid();
  memory_watch memory(pid);
  const auto before = cpu_seconds(pid);
  const auto run = node.sync("customers");
  const auto cpu = cpu_seconds(pid) - before;
  const auto peak = memory.end();
  CHECK(run["delivered"] == rows);
  CHECK(node.terminate() == 0);
  const auto served = api.served();
  const auto reached = static_cast<double>(rows) / run_seconds(run);
  const auto share = reached / possible;
  add({fmt::format(
           "{} rows to an API {} ms away that takes {} requests at once{}, {} a request", rows,
           d.latency.count(), d.at_once,
           d.per_second == 0 ? std::string() : fmt::format(" and {} a second", d.per_second),
           d.rows_per_request == 1 ? "one" : std::to_string(d.rows_per_request)),
       fmt::format(
           "{:.2f} ({}; {} at once at most, {:.1f} % refused; {:.1f} s of a processor for a "
           "million rows, {:.0f} MiB)",
           share, rate(reached, 1), served.most_at_once,
           100.0 * static_cast<double>(served.refused) / static_cast<double>(served.requests),
           cpu / static_cast<double>(rows) * 1e6, peak),
       fmt::format("possible: {}", rate(possible, 1)),
       d.wanted > 0 ? fmt::format("{}", d.wanted) : std::string(), share >= d.wanted});
}

}  // namespace

TEST_CASE("distance 100 ms, 200 at once") {
  measure_over({.latency = 100ms, .at_once = 200, .rows = 100'000, .wanted = 0.9});
}
TEST_CASE("distance 100 ms, 8 at once") {
  measure_over({.latency = 100ms, .at_once = 8, .wanted = 0.9});
}
TEST_CASE("distance 100 ms, 8 at once, 100 rows") {
  measure_over({.latency = 100ms, .at_once = 8, .rows_per_request = 100, .wanted = 0.9});
}
TEST_CASE("distance 100 ms, a limit") {
  measure_over({.latency = 100ms, .at_once = 200, .per_second = 500, .wanted = 0.9});
}
TEST_CASE("distance, others") {
  for (const auto latency : {1ms, 20ms, 300ms}) {
    measure_over({.latency = latency, .at_once = 200});
    measure_over({.latency = latency, .at_once = 8});
    measure_over({.latency = latency, .at_once = 200, .per_second = 100});
  }
  for (const auto latency : {20ms, 100ms, 300ms})
    measure_over({.latency = latency, .at_once = 200, .rows_per_request = 100});
}
