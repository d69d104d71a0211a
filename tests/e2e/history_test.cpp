// History under the real binary: as long as it gets, listed in bounded memory; what is too old
// goes.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>

#include "runtime/catalog/catalog.hpp"
#include "runtime/rowlog/row_log.hpp"
#include "runtime/schedule/clock.hpp"
#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Adds runs to the catalog of a node that is not running, all ended at `end`.
void add_runs(const fs::path& state, const connection_name& connection, int count, timestamp end) {
  fs::create_directories(state);
  connection_memory memory;
  memory.connection = connection;
  {
    catalog::catalog store(state, end);
    const auto known = store.load_all();
    const auto is_this = [&](const auto& entry) { return entry.memory.connection == connection; };
    if (std::none_of(known.begin(), known.end(), is_this)) store.save(memory);
  }
  catalog::database db(state / "catalog.sqlite");
  db.execute(
      "INSERT INTO runs WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
      " SELECT ?, printf('01AA%022d', i), 'incremental', 'schedule', 'succeeded', 'mirror', 1,"
      " NULL, ?, NULL, NULL, ?, 10, 10, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL,"
      " '[]', '', '', '', 0, 0, 0, 0, 0, 0, '' FROM n",
      {count, connection, end - 1s, end});
}

json into_file(const test::database_fixture& source) {
  return {
      {"source", {{"odbc", source.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
      {"destination", {{"kind", "jsonl"}, {"path", "../customers.jsonl"}}}};
}

/// The most memory that the process has ever had, in KiB.
long peak_memory(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; in >> word;) {
    long kib = 0;
    if (word == "VmHWM:" && in >> kib) return kib;
  }
  FAIL("no VmHWM");
  return 0;
}

long peak_memory_of_commands() {
  rusage used{};
  REQUIRE(::getrusage(RUSAGE_CHILDREN, &used) == 0);
  return used.ru_maxrss;
}

}  // namespace

TEST_CASE("a history of 120,000 runs is listed whole, in bounded memory at both ends") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table});
  test::node_fixture node;
  node.connection("customers", into_file(source));
  add_runs(node.path() / "state", "customers", 120'000, schedule::system_now());
  node.settings["retention"] = {{"most_runs", 1'000'000}};
  node.start();
  CHECK(node.json({"runs", "customers", "--limit", "1000"}).size() == 1000);
  const auto node_before = peak_memory(node.node().pid());
  const auto command_before = peak_memory_of_commands();
  const auto all = node.sluice({"runs", "customers", "--all", "--json"});
  if (!test::memory_is_the_sanitizers) {
    CHECK(peak_memory_of_commands() < command_before + (24L << 10));
    CHECK(peak_memory(node.node().pid()) < node_before + (24L << 10));
  }
  REQUIRE(all.exit_code == 0);
  CHECK(all.output.find('\n') == all.output.size() - 1);
  const auto runs = json::parse(all.output);
  REQUIRE(runs.size() == 120'000);
  for (std::size_t i = 1; i < runs.size(); ++i) REQUIRE(runs[i]["run"] < runs[i - 1]["run"]);
  CHECK(node.terminate() == 0);
}

TEST_CASE("old runs and their row logs go while the node runs, also of removed connections") {
  const test::database_fixture source(odbc::product::sqlite);
  source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, 10)});
  test::node_fixture node;
  auto config = into_file(source);
  config["row_log"] = true;
  node.connection("customers", config);
  node.settings["retention"] = {{"runs", "1d"}};
  node.start();
  const auto last = node.sync("customers");
  CHECK(node.terminate() == 0);

  const auto state = node.path() / "state";
  const auto old = schedule::system_now() - 48h;
  std::vector<fs::path> old_logs;
  for (const auto& connection : {connection_name("customers"), connection_name("removed")}) {
    add_runs(state, connection, 1000, old);
    old_logs.push_back(rowlog::file_of(state, connection, "01AA0000000000000000000007"));
    fs::create_directories(old_logs.back().parent_path());
    std::ofstream(old_logs.back()) << "{}\n";
  }
  node.start();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (node.json({"runs", "customers"}).size() > 1 || fs::exists(old_logs[1]))
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  CHECK(node.json({"runs", "customers"})[0] == last);
  CHECK_FALSE(fs::exists(old_logs[0]));
  CHECK(fs::exists(rowlog::file_of(state, "customers", run_id(last["run"].get<std::string>()))));
  CHECK(node.sync("customers")["unchanged"] == 10);
  CHECK(node.terminate() == 0);
}
