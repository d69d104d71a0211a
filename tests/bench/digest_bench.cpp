// Runs by digests against runs that read every row, over the same table and in the same node.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/odbc/connection_string.hpp"
#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/process.hpp"
#include "tests/support/slow_road.hpp"

using namespace sluice;
using namespace sluice::bench;
using namespace std::chrono_literals;

namespace {

std::string change_one_in(std::uint64_t one_in, std::uint64_t which) {
  return fmt::format("UPDATE customers SET visits = visits + 1 WHERE id % {} = {}", one_in, which);
}

/// One row of the table: how much changes before a run, and what is wanted of the run.
struct measure {
  const char* changed;
  std::uint64_t one_in;        ///< one row in so many changes; 0: none
  double bytes;                ///< that come over the wire, as a share of a snapshot's
  std::optional<double> time;  ///< as a multiple of a snapshot's; nothing: it only informs
};

/// Starts a node with a connection that reads every row and one that compares digests, both of
/// which have delivered `rows` rows.
void start_both(test::node_fixture& node, nlohmann::json config, std::uint64_t rows) {
  node.connection("snapshot", config);
  config["source"]["change_detection"] = "digest";
  config["destination"]["path"] = "../digest.jsonl";
  node.connection("digest", config);
  node.start();
  for (const auto* name : {"snapshot", "digest"}) CHECK(node.sync(name)["delivered"] == rows);
}

void compare(odbc::product kind, std::initializer_list<measure> measures) {
  const auto rows = sample_rows();
  const test::database_fixture source(kind);
  make_customers(source, rows);
  test::node_fixture node;
  start_both(node, to_file(source), rows);

  memory_watch memory(node.node().pid());
  std::uint64_t change = 0;
  for (const auto& m : measures) {
    std::vector<double> ours, theirs;
    double bytes = 0, all_bytes = 0;
    for (int i = 0; i < 3; ++i) {
      const auto changed = m.one_in == 0 ? 0 : rows / m.one_in;
      if (m.one_in > 0) source.run({change_one_in(m.one_in, ++change)});
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

/// Seconds that pg_comparator takes to compare `customers` with `copy`.
double peer_seconds(const test::database_fixture& source) {
  const odbc::connection_string text(source.connection_string());
  const auto at = fmt::format("pgsql://{}@127.0.0.1:{}/{}", text.get("Uid").value(),
                              text.get("Port").value(), text.get("Database").value());
  return seconds([&] {
    const auto said = test::run_program(
        {.program = "pg_comparator",
         .arguments = {"--env-pass=SLUICE_BENCH_PASSWORD", "--no-lock", "--max-report=1000000",
                       at + "/customers?id:email,name,city,balance,visits,updated_at",
                       at + "/copy"},
         .environment = {{"SLUICE_BENCH_PASSWORD", text.get("Pwd").value()}}},
        10min);
    CAPTURE(said.output);
    CAPTURE(said.errors);
    CHECK(said.exit_code == 0);
  });
}

/// Seconds in which PostgreSQL joins `customers` with `copy` and finds `different` rows.
double join_seconds(const test::database_fixture& source, std::uint64_t different) {
  auto on = source.connect(odbc::purpose::read);
  return seconds([&] {
    const auto found = on.query(
        "SELECT count(*) FROM customers a FULL JOIN copy b USING (id) "
        "WHERE a IS DISTINCT FROM b");
    CHECK(found.at(0).at(0) == std::to_string(different));
  });
}

/// Time of runs by digests against what else finds the rows that differ.
void against_peers(std::uint64_t one_in) {
  const auto rows = sample_rows();
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, rows);
  source.run({"CREATE EXTENSION pgcmp"});  // pg_comparator's functions in C
  test::node_fixture node;
  auto config = to_file(source);
  config["source"]["change_detection"] = "digest";
  node.connection("digest", config);
  node.start();
  CHECK(node.sync("digest")["delivered"] == rows);

  const auto changed = one_in == 0 ? 0 : rows / one_in;
  std::vector<double> ours, joins, peers;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    source.run({"DROP TABLE IF EXISTS copy", "CREATE TABLE copy(LIKE customers INCLUDING ALL)",
                "INSERT INTO copy SELECT * FROM customers", "VACUUM ANALYZE copy", "CHECKPOINT"});
    if (one_in > 0) source.run({change_one_in(one_in, i)});
    const auto run = node.sync("digest");
    CHECK(run["updates"] == changed);
    ours.push_back(run_seconds(run));
    joins.push_back(join_seconds(source, changed));
    peers.push_back(peer_seconds(source));
  }
  const auto what =
      fmt::format("digests, {} changed, of the time of ", one_in == 0 ? "nothing" : "0.01 %");
  const auto line = [&](const std::string& who, const std::vector<double>& theirs) {
    const auto time = percentile(ours, 0.5), other = percentile(theirs, 0.5);
    add({what + who, fmt::format("{:.2f} ({:.2f} s)", time / other, time),
         fmt::format("{:.2f} s", other), "less than 1", time < other});
  };
  line("a FULL JOIN", joins);
  line("pg_comparator", peers);
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

TEST_CASE("digests against other comparisons") {
  against_peers(0);
  against_peers(10'000);
}

TEST_CASE("digests over a link of 20 Mbit/s") {
  const auto rows = sample_rows();
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, rows);
  const auto port = odbc::connection_string(source.connection_string()).get("Port").value();
  const test::slow_road link(static_cast<std::uint16_t>(std::stoul(port)), 10ms, 20'000'000 / 8);
  test::node_fixture node;
  auto config = to_file(source);
  config["source"]["odbc"] =
      test::with_attribute(source.connection_string(), "Port", std::to_string(link.port()));
  start_both(node, std::move(config), rows);
  source.run({change_one_in(10'000, 1)});
  const auto read = run_seconds(node.sync("snapshot"));
  const auto compared = run_seconds(node.sync("digest"));
  add({"digests, 0.01 % changed, over 20 Mbit/s: time",
       fmt::format("{:.3f} ({:.2f} s)", compared / read, compared),
       fmt::format("snapshot: {:.1f} s", read), "at most 0.10", compared <= read * 0.1});
  CHECK(node.terminate() == 0);
}
