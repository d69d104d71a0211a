// What it costs to go through another node.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/e2e/cluster_fixture.hpp"

using namespace sluice;
using namespace sluice::bench;

TEST_CASE("delivery elsewhere") {
  const auto rows = sample_rows();
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, rows);
  std::vector<double> there, here;
  for (int i = 0; i < 3; ++i) {
    for (const std::string on : {"a", "b"}) {
      const test::database_fixture target(odbc::product::postgresql);
      make_empty_customers(target);
      auto config = to_table(source, target);
      config["delivery"]["on"] = on;
      test::cluster_fixture nodes;
      nodes.add("a").connection("customers", config);
      nodes.add("b");
      nodes.start({"a", "b"});
      const auto run = nodes["a"].sync("customers");
      CHECK(run["delivered"] == rows);
      (on == "a" ? here : there).push_back(run_seconds(run));
    }
  }
  add_ratio("full sync, PostgreSQL to PostgreSQL, delivered by another node over TLS",
            static_cast<double>(rows), there, "delivered by the node that reads", here, 0.7);
}

TEST_CASE("commands through another node") {
  constexpr int calls = 500;
  test::cluster_fixture nodes;
  nodes.add("a").connection(
      "quiet",
      {{"source", {{"odbc", "Driver=SQLite3;Database=none"}, {"table", "t"}, {"key", {"id"}}}},
       {"destination", {{"kind", "jsonl"}, {"path", "quiet.jsonl"}}}});
  nodes.add("b");
  nodes.start({"a", "b"});
  const auto ask = [&](const std::string& node, int times) {
    std::vector<double> trips;
    for (int i = 0; i < times; ++i)
      trips.push_back(seconds([&] { nodes[node].json({"status", "quiet"}); }) * 1000);
    return trips;
  };
  ask("b", 50);  // what the allocator takes once
  const auto before = status_mib(nodes["b"].node().pid(), "RssAnon");
  const auto through = ask("b", calls);
  const auto after = status_mib(nodes["b"].node().pid(), "RssAnon");
  const auto direct = ask("a", calls);
  add({fmt::format("`status` through another node, {} times, its process included", calls),
       fmt::format("p50 {:.0f} ms, p99 {:.0f} ms", percentile(through, 0.5),
                   percentile(through, 0.99)),
       fmt::format("asked of the node itself: p50 {:.0f} ms, p99 {:.0f} ms",
                   percentile(direct, 0.5), percentile(direct, 0.99)),
       ""});
  add({fmt::format("memory of the node that passed them on, before and after {} calls", calls),
       fmt::format("{:.1f} MiB and {:.1f} MiB", before, after), "", "flat", after <= before + 1});
}
