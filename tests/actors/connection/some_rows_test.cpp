// Runs about some rows: by their keys, or so many.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/actors/run_checks.hpp"
#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using test::check_adds_up;
using test::destination_double;
using test::packed_key;

namespace {

struct some_rows : test::hundred_rows {
  /// Ten rows of three changed since the first run: `value` of some, a new one, a deleted one.
  void change() {
    source.rows[1] = source.rows[2] = "changed";
    source.rows[200] = "new";
    source.rows.erase(50);
    source.rows.erase(51);
  }
};

start_options keys(std::initializer_list<int> ids) {
  start_options how;
  for (const auto id : ids) how.rows.add(nlohmann::json{{"id", id}}.dump());
  return how;
}

start_options limit(std::uint64_t rows) { return {.rows = {.limit = row_count(rows)}}; }

}  // namespace

TEST_CASE_FIXTURE(some_rows, "rows that are named go out, changed or not, and no others") {
  test::connection_fixture node(*this);
  node.sync();
  change();
  const auto run = node.sync(keys({1, 7, 50, 200, 999}));
  CHECK(run.state == run_state::succeeded);
  CHECK(run.type == run_type::incremental);
  CHECK(run.counters.updates == 2);
  CHECK(run.counters.inserts == 1);
  CHECK(run.counters.deletes == 1);
  CHECK(run.counters.read == 3);
  check_adds_up(run);
  REQUIRE(run.warnings.size() == 1);
  CHECK(run.warnings[0] == "the model has no row with the key {\"id\":999}");
  CHECK(delivered().at(1) == "changed");
  CHECK(delivered().at(2) == "value 2");
  CHECK_FALSE(delivered().contains(50));
  CHECK(delivered().contains(51));
  // The ledger knows what went out, and the next run does the rest.
  const auto next = node.sync();
  CHECK(next.counters.updates == 1);
  CHECK(next.counters.deletes == 1);
  CHECK(next.counters.inserts == 0);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(some_rows, "before the first run, rows that are named leave it full") {
  test::connection_fixture node(*this);
  CHECK(node.sync(keys({3})).counters.delivered == 1);
  CHECK(delivered().size() == 1);
  const auto next = node.sync();
  CHECK(next.type == run_type::full);
  CHECK(next.counters.inserts == 99);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(some_rows, "a full run that was stopped goes on after rows that were named") {
  test::connection_fixture node(*this);
  node.sync(limit(40));
  CHECK(node.sync(keys({1, 100})).counters.delivered == 2);
  const auto next = node.sync();
  CHECK(next.type == run_type::full);
  CHECK(next.continues);
  CHECK(next.counters.inserts == 59);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(some_rows, "only a mirror deletes a row that is named and gone") {
  config.mode = sync_mode::upsert;
  test::connection_fixture node(*this);
  node.sync();
  source.rows.erase(50);
  const auto run = node.sync(keys({50}));
  CHECK(run.counters.deltas() == 0);
  CHECK(run.warnings.size() == 1);
  CHECK(delivered().contains(50));
}

TEST_CASE_FIXTURE(some_rows, "a row that is named goes out in each mode") {
  for (const auto mode : {sync_mode::insert, sync_mode::update, sync_mode::append}) {
    CAPTURE(to_string(mode));
    test::hundred_rows world;
    world.config.mode = mode;
    for (long id = 1; mode == sync_mode::update && id <= 100; ++id) {
      const auto key = packed_key(id);
      world.destination.put(key, key);
    }
    test::connection_fixture node(world);
    node.sync();
    CHECK(node.sync().counters.deltas() == 0);
    const auto run = node.sync(keys({5}));
    CHECK(run.counters.deltas() == 1);
    CHECK(run.counters.delivered == 1);
  }
}

TEST_CASE_FIXTURE(some_rows, "a row that is named is tried again though it was refused") {
  config.retry_rejected = false;
  destination.rejects[packed_key(5)] = "no";
  test::connection_fixture node(*this);
  node.sync();
  CHECK(node.sync().counters.deltas() == 0);
  CHECK(node.sync(keys({5})).counters.rejected == 1);
  destination.rejects.clear();
  CHECK(node.sync(keys({5})).counters.delivered == 1);
  CHECK(delivered() == source.rows);
  node.sync();
  CHECK(node.rejected().empty());
}

TEST_CASE_FIXTURE(some_rows, "a stop holds for rows that are named, too") {
  test::connection_fixture node(*this);
  node.sync();
  destination.decide = [&](std::uint32_t) {
    return destination_double::verdict{destination_double::verdict::kind::refuse};
  };
  const auto run = node.sync(keys({1, 2}));
  CHECK(run.state == run_state::failed);
  CHECK(run.counters.undelivered == 2);
  check_adds_up(run);
  destination.decide = {};
  CHECK(node.sync().counters.deltas() == 0);  // both are what they were
  const auto named = node.sync(keys({1, 2}));
  CHECK(named.counters.delivered == 2);
  CHECK(named.about == "2 rows by their keys");
  CHECK(node.sync().about.empty());
}

TEST_CASE_FIXTURE(some_rows, "a run with a limit delivers as many deltas, and the next goes on") {
  config.delivery.batch_rows = 7;
  config.delivery.writers = 2;
  test::connection_fixture node(*this);
  const auto first = node.sync(limit(30));
  CHECK(first.state == run_state::stopped);
  CHECK(first.stopped_by == limit_reached);
  CHECK(first.about == "at most 30 changes");
  CHECK(first.counters.inserts == 30);
  CHECK(first.counters.delivered == 30);
  CHECK(first.counters.undelivered == 0);
  check_adds_up(first);
  CHECK(delivered().size() == 30);
  const auto second = node.sync(limit(1000));
  CHECK(second.type == run_type::full);
  CHECK(second.continues);
  CHECK(second.counters.inserts == 70);
  CHECK(second.state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(some_rows, "deletes count towards the limit and come last") {
  test::connection_fixture node(*this);
  node.sync();
  change();
  auto run = node.sync(limit(4));
  CHECK(run.counters.updates == 2);
  CHECK(run.counters.inserts == 1);
  CHECK(run.counters.deletes == 1);
  CHECK(run.state == run_state::stopped);
  run = node.sync(limit(1));
  CHECK(run.counters.deletes == 1);
  CHECK(run.state == run_state::succeeded);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(some_rows, "a limit that everything fits is none") {
  test::connection_fixture node(*this);
  const auto run = node.sync(limit(101));
  CHECK(run.state == run_state::succeeded);
  CHECK_FALSE(run.stop_requested_at);
  CHECK(node.sync(limit(1)).state == run_state::succeeded);
}

TEST_CASE_FIXTURE(some_rows, "rows that are named go with neither a full run nor a limit") {
  test::connection_fixture node(*this);
  auto how = keys({1});
  how.full = true;
  CHECK(node.start(how).failed.code == errc::usage);
  how = keys({1});
  how.rows.limit = row_count{5};
  CHECK(node.start(how).failed.code == errc::usage);
  how = {};
  for (std::size_t i = 0; i <= most_chosen_keys; ++i) how.rows.add("{}");
  CHECK(node.start(how).failed.code == errc::usage);
}

TEST_CASE_FIXTURE(some_rows, "a key that names no row ends the run with the reason") {
  test::connection_fixture node(*this);
  node.sync();
  start_options how;
  how.rows.add("{}");
  const auto run = node.sync(how);
  CHECK(run.state == run_state::failed);
  CHECK(run.counters.deltas() == 0);
  CHECK(node.sync().counters.deltas() == 0);
}

TEST_CASE_FIXTURE(some_rows, "what became of rows that are named is logged in any case") {
  test::connection_fixture node(*this);
  const auto run = node.sync(keys({1, 2}));
  CHECK(std::filesystem::exists(row_log_of(run.run)));
  CHECK_FALSE(std::filesystem::exists(row_log_of(node.sync().run)));
}
