// A node that dies at the worst moments: at every named fail point and at random ones. The next
// sync that completes leaves the destination as if nothing had happened.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <random>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto postgresql = odbc::product::postgresql;
/// Enough for a journal that is worth a merge.
constexpr int rows = 12'000;
constexpr int batch_rows = 200;

/// One writer that never has a second batch to deliver together with the first: what a crash leaves
/// behind is known to the row.
json mirror_with_one_writer(const test::database_fixture& from, const test::database_fixture& to) {
  auto config = test::mirror_customers(from, to);
  config["delivery"] = {{"writers", 1}, {"batch_rows", batch_rows}, {"window", 1}};
  return config;
}

/// Starts a node that crashes at `fail_point`, and a sync in it that notices; returns after the
/// crash.
void sync_until_crash(test::node_fixture& node, const std::string& fail_point) {
  node.environment["SLUICE_FAIL_POINT"] = fail_point;
  node.start();
  const auto command = node.begin({"sync", "customers", "--wait", "--json"});
  node.wait_for_crash();
  const auto ended = command->wait(30s);
  REQUIRE(ended);
  CHECK(ended->exit_code == 3);
  CHECK(json::parse(ended->output)["error"]["code"] == "unreachable");
  node.environment.clear();
}

/// A sync right after a sync has nothing to do, unless a key was left in doubt.
void check_nothing_is_left(test::node_fixture& node) {
  const auto again = node.sync("customers");
  CHECK(again["type"] == "incremental");
  CHECK(again["unchanged"] == again["read"]);
  CHECK(again["delivered"] == 0);
}

}  // namespace

TEST_CASE("a crash at any fail point of a full run is continued and repeats only what is unknown") {
  struct crash {
    std::string at;
    int committed;     ///< rows in the destination then
    int acknowledged;  ///< rows of which the ledger knows it, and which are not sent again
  };
  const crash crashes[] = {
      {"after_run_record", 0, 0},
      {"after_epoch", 0, 0},
      {"after_ledger_mark", 0, 0},
      {"after_catalog_mark", 0, 0},
      {"after_intent", 0, 0},
      {"after_intent:7", 6 * batch_rows, 6 * batch_rows},
      {"after_delivery", batch_rows, 0},
      {"after_delivery:7", 7 * batch_rows, 6 * batch_rows},
      {"after_outcome:7", 7 * batch_rows, 7 * batch_rows},
      {"before_switch", rows, rows},
      {"after_switch", rows, rows},
      {"before_run_end", rows, rows},
  };
  const test::database_fixture source(postgresql);
  source.run({test::customers_table, test::fill_customers(postgresql, rows)});
  const auto expected = test::customers_of(source);
  for (const auto& crash : crashes) {
    CAPTURE(crash.at);
    const test::database_fixture target(postgresql);
    target.run({test::customers_table});
    test::node_fixture node;
    node.connection("customers", mirror_with_one_writer(source, target));
    sync_until_crash(node, crash.at);
    CHECK(test::customers_of(target).size() == static_cast<std::size_t>(crash.committed));

    node.start();
    const auto status = node.json({"status", "customers"});
    CHECK(status["run"]["state"] == "interrupted");
    CHECK(status["next_type"] == "full");
    const auto next = node.sync("customers");
    CHECK(next["type"] == "full");
    CHECK(next["continues"] == status["run"]["run"]);
    CHECK(next["warnings"].empty());  // a crash is never taken for a copy that was put back
    CHECK(next["epoch"] == 1);
    CHECK(next["read"] == rows);
    CHECK(next["unchanged"] == crash.acknowledged);
    CHECK(next["delivered"] == rows - crash.acknowledged);
    CHECK(test::customers_of(target) == expected);
    check_nothing_is_left(node);
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE(
    "a crash at any fail point of an incremental run is made good though values change back") {
  const test::database_fixture source(postgresql);
  const test::database_fixture target(postgresql);
  source.run({test::customers_table, test::fill_customers(postgresql, rows)});
  target.run({test::customers_table});
  const auto before = test::customers_of(source);
  test::node_fixture node;
  node.connection("customers", mirror_with_one_writer(source, target));
  node.start();
  node.sync("customers");
  CHECK(node.terminate() == 0);

  // 11,400 updates and 300 inserts are batches 1 to 59, 600 deletes are batches 60 to 62.
  for (const std::string at :
       {"after_run_record", "after_ledger_mark", "after_catalog_mark", "after_intent",
        "after_intent:30", "after_intent:61", "after_delivery", "after_delivery:30",
        "after_delivery:59", "after_delivery:61", "after_outcome:30", "after_outcome:62",
        "before_switch", "after_switch", "before_run_end"}) {
    CAPTURE(at);
    source.run({"UPDATE customers SET name = 'changed by ' || id, balance = -balance",
                "DELETE FROM customers WHERE id > 11400",
                "INSERT INTO customers SELECT i, 'new', 1 FROM generate_series(20001, 20300) AS "
                "s(i)"});
    sync_until_crash(node, at);
    // The source is now what the ledger acknowledged last, and the destination need not be.
    source.run({"TRUNCATE customers", test::fill_customers(postgresql, rows)});
    REQUIRE(test::customers_of(source) == before);
    node.start();
    const auto status = node.json({"status", "customers"});
    CHECK(status["run"]["state"] == "interrupted");
    CHECK(status["next_type"] == "incremental");
    const auto next = node.sync("customers");
    CHECK(next["type"] == "incremental");
    CHECK(next["warnings"].empty());
    CHECK(test::customers_of(target) == before);
    check_nothing_is_left(node);
    CHECK(node.terminate() == 0);
  }
}

TEST_CASE("a crash while a stopped run drains loses nothing") {
  const test::database_fixture source(postgresql);
  source.run({test::customers_table, test::fill_customers(postgresql, 40'000)});
  const test::database_fixture target(postgresql);
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = mirror_with_one_writer(source, target);
  config["delivery"]["batch_rows"] = 100;
  node.connection("customers", config);
  for (const bool full : {true, false}) {
    CAPTURE(full);
    node.environment["SLUICE_FAIL_POINT"] = "drain_began";
    node.start();
    const auto started = node.json({"sync", "customers"});
    CHECK(started["type"] == (full ? "full" : "incremental"));
    node.wait_for("customers", [](const json& s) { return s["run"]["delivered"] > 0; });
    const auto stop = node.begin({"stop", "customers", "--yes"});
    node.wait_for_crash();
    const auto stopped = stop->wait(30s);
    REQUIRE(stopped);
    // The crash may overtake the answer.
    CHECK((stopped->exit_code == 0 || stopped->exit_code == 3));
    CHECK(test::customers_of(target) != test::customers_of(source));

    node.environment.clear();
    node.start();
    const auto status = node.json({"status", "customers"});
    CHECK(status["run"]["state"] == "interrupted");
    CHECK(status["next_type"] == started["type"]);
    const auto next = node.sync("customers");
    CHECK(next["type"] == started["type"]);
    CHECK(next["continues"] == (full ? started["run"] : json{}));
    CHECK(test::customers_of(target) == test::customers_of(source));
    check_nothing_is_left(node);
    CHECK(node.terminate() == 0);
    source.run({"UPDATE customers SET name = 'changed'"});
  }
}

TEST_CASE("incremental runs that are killed at random moments converge") {
  const char* const chosen = std::getenv("SLUICE_SEED");
  const auto seed = chosen != nullptr ? std::strtoul(chosen, nullptr, 10) : std::random_device{}();
  MESSAGE("SLUICE_SEED=", seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const test::database_fixture source(postgresql);
  const test::database_fixture target(postgresql);
  source.run({test::customers_table, test::fill_customers(postgresql, rows)});
  target.run({test::customers_table});
  test::node_fixture node;
  auto config = test::mirror_customers(source, target);
  config["delivery"] = {{"writers", 3}, {"batch_rows", 50}, {"window", 4}};
  node.connection("customers", config);
  node.start();
  node.sync("customers");
  int interrupted = 0;
  for (int life = 0; life < 12; ++life) {
    CAPTURE(life);
    const auto some = [&] { return std::to_string(2 + below(5)); };
    // Few names: a later life often changes a value back to what an earlier one had.
    source.run({"UPDATE customers SET name = 'name " + std::to_string(below(3)) + "' WHERE id % " +
                    some() + " = 0",
                "DELETE FROM customers WHERE id % 50 = " + std::to_string(below(50)),
                "INSERT INTO customers SELECT i, 'back', 0 FROM generate_series(1, 12000, " +
                    some() + ") AS s(i) ON CONFLICT DO NOTHING"});
    node.json({"sync", "customers", "--allow-deletes"});
    // The moment is the random input of this test; nothing is waited for.
    CHECK_FALSE(node.node().wait(std::chrono::milliseconds{below(250)}));
    node.kill();
    node.start();
    const auto status = node.json({"status", "customers"});
    if (status["run"]["state"] == "interrupted") ++interrupted;
    CHECK(status["next_type"] == "incremental");
  }
  CHECK(interrupted > 0);
  node.sync("customers", {"--allow-deletes"});
  CHECK(test::customers_of(target) == test::customers_of(source));
  check_nothing_is_left(node);
}

TEST_CASE("a fail point that does not exist keeps the node from starting") {
  for (const std::string wrong : {"after_intend", "after_intent:", "after_intent:0",
                                  "after_intent:-1", "after_intent:3x", ":3"}) {
    CAPTURE(wrong);
    test::node_fixture node;
    node.environment["SLUICE_FAIL_POINT"] = wrong;
    const auto ended = node.start_and_fail();
    CHECK(ended.exit_code == 2);
    CHECK(ended.errors.find(wrong) != std::string::npos);
    CHECK(ended.errors.find("after_run_record") != std::string::npos);
  }
}
