// What a node costs and how fast it obeys: stops, memory, idle connections.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>
#include <thread>

#include "runtime/odbc/connection_string.hpp"
#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/process.hpp"

using namespace sluice;
using namespace sluice::bench;
using namespace std::chrono_literals;

namespace {

double incremental_memory(std::uint64_t rows) {
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, rows);
  test::node_fixture node;
  node.connection("customers", to_file(source));
  node.start();
  CHECK(node.sync("customers")["delivered"] == rows);
  CHECK(node.terminate() == 0);
  node.start();  // what the full run left behind in the allocator is not what an incremental costs
  memory_watch memory(node.node().pid());
  CHECK(node.sync("customers")["unchanged"] == rows);
  const auto largest = memory.end();
  CHECK(node.terminate() == 0);
  return largest;
}

/// Stops runs at random moments; adds how long their reading took to halt.
void add_halts(test::node_fixture& node, const char* machine) {
  constexpr int stops = 200;
  std::mt19937 random(1);
  std::vector<double> halts;
  for (int i = 0; halts.size() < stops; ++i) {
    const auto name = odbc::lower(to_string(test::every_database[i % 3]));
    node.json({"sync", name});
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 600));
    const auto stopped = node.sluice({"stop", name, "--yes", "--wait", "--json"});
    if (stopped.exit_code != 0) continue;  // the run had just ended by itself
    const auto run = nlohmann::json::parse(stopped.output);
    if (run["state"] == "stopped")
      halts.push_back(milliseconds(run, "stop_requested_at", "reading_halted_at"));
  }
  const auto p99 = percentile(halts, 0.99);
  add({fmt::format("from stop to reading halted, {} stops at random moments, {}", stops, machine),
       fmt::format("p50 {:.0f} ms, p99 {:.0f} ms, max {:.0f} ms", percentile(halts, 0.5), p99,
                   percentile(halts, 1)),
       "", "p99 ≤ 100 ms", p99 <= 100});
}

}  // namespace

TEST_CASE("stops") {
  std::vector<std::unique_ptr<test::database_fixture>> sources;
  test::node_fixture node;
  for (const auto kind : test::every_database) {
    sources.push_back(std::make_unique<test::database_fixture>(kind));
    make_customers(*sources.back(), 300'000);
    auto config = to_file(*sources.back());
    const auto name = odbc::lower(to_string(kind));
    config["destination"]["path"] = "../" + name + ".jsonl";
    node.connection(name, config);
  }
  node.start();
  add_halts(node, "quiet");
  {
    const test::program computes{.program = "sh", .arguments = {"-c", "while :; do :; done"}};
    const test::process one(computes), another(computes);
    add_halts(node, "beside two busy processes");
  }
  CHECK(node.terminate() == 0);
}

TEST_CASE("memory") {
  const auto rows = sample_rows();
  const auto one = incremental_memory(rows);
  const auto five = incremental_memory(5 * rows);
  add({fmt::format("peak memory of the node, incremental, {} and {} rows", rows, 5 * rows),
       fmt::format("{:.0f} MiB and {:.0f} MiB", one, five), "", "≤ 150 MB, the same for both",
       five <= 143 && five <= one * 1.1 + 2});
}

TEST_CASE("idle connections") {
  constexpr int connections = 2000;
  const auto start = [](int count, double& memory, double& ready, double& cpu) {
    test::node_fixture node;
    const nlohmann::json config{
        {"source", {{"odbc", "Driver=SQLite3;Database=shop.db"}, {"table", "t"}, {"key", {"id"}}}},
        {"destination", {{"kind", "jsonl"}, {"path", "../out.jsonl"}}}};
    for (int i = 0; i < count; ++i) {
      auto each = config;
      each["destination"]["path"] = fmt::format("../out/{}.jsonl", i);
      node.connection(fmt::format("connection_{}", i), each);
    }
    ready = seconds([&] { node.start(); });
    const auto pid = node.node().pid();
    memory = status_mib(pid, "RssAnon");
    const auto before = cpu_seconds(pid);
    std::this_thread::sleep_for(5s);
    cpu = (cpu_seconds(pid) - before) / 5;
    CHECK(node.json({"connections"}).size() == static_cast<std::size_t>(count));
    CHECK(node.terminate() == 0);
  };
  double memory_of_one = 0, memory = 0, ready = 0, cpu = 0;
  start(1, memory_of_one, ready, cpu);
  start(connections, memory, ready, cpu);
  add({fmt::format("{} idle connections on one node", connections),
       fmt::format("ready in {:.1f} s; {:.0f} KiB each; {:.1f} % of a core idle", ready,
                   (memory - memory_of_one) / (connections - 1) * 1024, cpu * 100),
       "", "ready in 5 s", ready <= 5});
}
