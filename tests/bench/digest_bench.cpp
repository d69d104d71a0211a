// Runs by digests against runs that read every row, over the same table and in the same node.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <optional>

#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace sluice::bench;

namespace {

/// One row of the table: how much changes before a run, and what is wanted of the run.
struct measure {
  const char* changed;
  std::uint64_t one_in;        ///< one row in so many changes; 0: none
  double bytes;                ///< that come over the wire, as a share of a snapshot's
  std::optional<double> time;  ///< as a multiple of a snapshot's; nothing: it only informs
};

void compare(odbc::product kind, std::initializer_list<measure> measures) {
  const auto rows = sample_rows();
  const test::database_fixture source(kind);
  make_customers(source, rows);
  test::node_fixture node;
  auto config = to_file(source);
  node.connection("snapshot", config);
  config["source"]["change_detection"] = "digest";
  config["destination"]["path"] = "../digest.jsonl";
  node.connection("digest", config);
  node.start();
  for (const auto* name : {"snapshot", "digest"}) CHECK(node.sync(name)["delivered"] == rows);

  memory_watch memory(node.node().pid());
  int change = 0;
  for (const auto& m : measures) {
    std::vector<double> ours, theirs;
    double bytes = 0, all_bytes = 0;
    for (int i = 0; i < 3; ++i) {
      const auto changed = m.one_in == 0 ? 0 : rows / m.one_in;
      if (m.one_in > 0)
        source.run({fmt::format("UPDATE customers SET visits = visits + 1 WHERE id % {} = {}",
                                m.one_in, ++change)});
      const auto read = node.sync("snapshot");
      const auto compared = node.sync("digest");
      CHECK(read["updates"] == changed);
      CHECK(compared["updates"] == changed);
      CHECK(compared["read"] == rows);
      theirs.push_back(run_seconds(read));
      ours.push_back(run_seconds(compared));
      bytes = compared["fetched_bytes"].get<double>();
      all_bytes = read["fetched_bytes"].get<double>();
    }
    const auto what = fmt::format("digests, {} changed, {}", m.changed, to_string(kind));
    add({what + ": bytes over the wire", fmt::format("1/{:.0f}", all_bytes / bytes),
         fmt::format("snapshot: {:.1f} MB", all_bytes / 1e6), fmt::format("1/{:.0f}", 1 / m.bytes),
         bytes <= all_bytes * m.bytes});
    const auto our_time = percentile(ours, 0.5), their_time = percentile(theirs, 0.5);
    add({what + ": time", fmt::format("{:.2f} ({:.2f} s)", our_time / their_time, our_time),
         fmt::format("snapshot: {:.2f} s", their_time),
         m.time ? fmt::format("at most {:.2f}", *m.time) : "",
         !m.time || our_time <= their_time * *m.time});
  }
  add({fmt::format("digests, memory, {}", to_string(kind)),
       fmt::format("{:.0f} MiB at most", memory.end()), fmt::format("{} rows", rows), "", true});
  CHECK(node.terminate() == 0);
}

}  // namespace

TEST_CASE("digests PostgreSQL") {
  compare(odbc::product::postgresql, {{"nothing", 0, 1.0 / 10'000, 0.15},
                                      {"0.01 %", 10'000, 1.0 / 50, 0.5},
                                      {"1 %", 100, 1.0 / 4, 1.2}});
}

TEST_CASE("digests MariaDB") {
  compare(odbc::product::mariadb, {{"nothing", 0, 1.0 / 10'000, 1.2},
                                   {"0.01 %", 10'000, 1.0 / 50, 1.5},
                                   {"1 %", 100, 1.0 / 4, std::nullopt}});
}
