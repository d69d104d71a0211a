// Thousands of connections that run every minute on one node.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "messages/timestamp.hpp"
#include "tests/bench/figures.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::bench;
using namespace std::chrono_literals;

namespace {

constexpr int connections = 2000;

/// SLUICE_BENCH_MINUTES: how long scheduled connections are watched; default 5.
int minutes() {
  const char* const text = std::getenv("SLUICE_BENCH_MINUTES");
  return text == nullptr ? 5 : std::atoi(text);
}

std::string name_of(int i) { return fmt::format("connection_{}", i); }

timestamp time_of(const nlohmann::json& run, const char* field) {
  return parse_timestamp(run.at(field).get<std::string>()).value();
}

/// How the runs of all connections went, by their records.
struct lateness {
  double started = 0;   ///< the latest start after its full minute, in seconds
  double finished = 0;  ///< the latest end after the full minute of its start
  int runs = 0;
  int skipped = 0;
  int bad = 0;

  void add(const nlohmann::json& run) {
    ++runs;
    if (run["state"] == "skipped") {
      ++skipped;
      return;
    }
    if (run["state"] != "succeeded" || run["unchanged"] != run["read"]) ++bad;
    const auto start = time_of(run, "started_at");
    const auto due = std::chrono::floor<std::chrono::minutes>(start);
    const auto after = [&](timestamp t) { return std::chrono::duration<double>(t - due).count(); };
    started = std::max(started, after(start));
    finished = std::max(finished, after(time_of(run, "finished_at")));
  }
};

}  // namespace

TEST_CASE("scheduled connections") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({"CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)",
              "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
              "i < 100) SELECT i, 'name ' || i FROM n"});
  test::node_fixture node;
  node.settings["log"] = {{"level", "warning"}};
  for (int i = 0; i < connections; ++i)
    node.connection(
        name_of(i),
        {{"source", {{"odbc", source.connection_string()}, {"table", "t"}, {"key", {"id"}}}},
         {"destination", {{"kind", "jsonl"}, {"path", fmt::format("../out/{}.jsonl", i)}}},
         {"schedule", {{"every", "1m"}}}});
  node.start();
  const auto pid = node.node().pid();
  const auto all_ran = [&] {
    const auto all = node.json({"connections"});
    return std::all_of(all.begin(), all.end(), [](const auto& c) {
      return !c["run"].is_null() && c["run"]["state"] == "succeeded";
    });
  };
  while (!all_ran()) std::this_thread::sleep_for(1s);
  // From the next full minute on nothing but runs without a change.
  const auto wall_now = [] {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  };
  const auto begin = std::chrono::ceil<std::chrono::minutes>(wall_now()) + 2min;
  const auto end = begin + std::chrono::minutes(minutes());
  std::vector<double> answers;
  double memory_begin = 0, memory_end = 0, cpu_begin = 0;
  for (int i = 0; wall_now() < end - 2s; ++i) {
    answers.push_back(seconds([&] { node.json({"status", name_of(i % connections)}); }) * 1000);
    memory_end = status_mib(pid, "RssAnon");
    if (memory_begin == 0 && wall_now() >= begin) {
      memory_begin = memory_end;
      cpu_begin = cpu_seconds(pid);
    }
    std::this_thread::sleep_for(100ms);
  }
  const auto cpu = (cpu_seconds(pid) - cpu_begin) / (60.0 * minutes());
  lateness late;
  for (int i = 0; i < connections; ++i)
    for (const auto& run : node.json({"runs", name_of(i), "--all"})) {
      const auto start = time_of(run, "started_at");
      if (start >= begin && start < end) late.add(run);
    }
  CHECK(late.bad == 0);
  add({fmt::format("{} connections, each due at every full minute, for {} minutes", connections,
                   minutes()),
       fmt::format(
           "{} runs, {} skipped; begun at most {:.2f} s after the minute, the last one done "
           "after {:.1f} s; {:.0f} % of a core",
           late.runs, late.skipped, late.started, late.finished, cpu * 100),
       "8 runs at a time", "begun within 1 s, none skipped",
       late.started <= 1 && late.skipped == 0 && late.runs == connections * minutes()});
  add({fmt::format("`status` meanwhile, {} times, its process included", answers.size()),
       fmt::format("p50 {:.0f} ms, p99 {:.0f} ms, max {:.0f} ms", percentile(answers, 0.5),
                   percentile(answers, 0.99), percentile(answers, 1)),
       "", "≤ 100 ms", percentile(answers, 1) <= 100});
  add({"memory of that node, at the beginning and at the end",
       fmt::format("{:.0f} MiB and {:.0f} MiB", memory_begin, memory_end), "", "flat",
       memory_end <= memory_begin * 1.1 + 2});
  CHECK(node.terminate() == 0);
}
