// Starts that are known by a key, and the split of what was delivered: what version 7 added.
#include <doctest/doctest.h>

#include "runtime/catalog/schema.hpp"
#include "tests/runtime/catalog/catalog_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::at_second;
using test::catalog_fixture;

namespace {

const start_once once{"airflow /v2/retl-connections/customers/start k1", "body"};

}  // namespace

TEST_CASE_FIXTURE(catalog_fixture, "a start is found by its key, with its run as it is") {
  auto store = open();
  CHECK_FALSE(store.find_start("customers", once.key));
  store.open_run(new_run(1), memory_of(), once);
  const auto found = store.find_start("customers", once.key);
  REQUIRE(found);
  CHECK(found->once == once);
  CHECK(found->at == at_second(1));
  CHECK(found->run == new_run(1));
  store.close_run(ended(new_run(1)), memory_of(), settled_rows::none);
  CHECK(store.find_start("customers", once.key)->run == ended(new_run(1)));
  CHECK_FALSE(store.find_start("customers", once.key + "1"));
  CHECK_FALSE(store.find_start("orders", once.key));
  CHECK_FALSE(store.find_start("customers", ""));
}

TEST_CASE_FIXTURE(catalog_fixture, "a start is known by its key after a restart") {
  open().open_run(new_run(1), memory_of(), once);
  auto store = open();
  REQUIRE(store.find_start("customers", once.key));
  CHECK(store.find_start("customers", once.key)->run.state == run_state::interrupted);
}

TEST_CASE_FIXTURE(catalog_fixture, "a run that is not recorded leaves no key") {
  auto store = open();
  store.open_run(new_run(1), memory_of());
  CHECK_THROWS_AS(store.open_run(new_run(1), memory_of(), once), failure);
  CHECK_FALSE(store.find_start("customers", once.key));
}

TEST_CASE_FIXTURE(catalog_fixture, "a key that is used again stands for the later start") {
  auto store = open();
  store.skip_run(ended(new_run(1), run_state::stopped), memory_of(), once);
  store.open_run(new_run(2), memory_of(), {once.key, "another body"});
  CHECK(store.find_start("customers", once.key)->run.run == new_run(2).run);
  CHECK(store.find_start("customers", once.key)->once.body_hash == "another body");
}

TEST_CASE_FIXTURE(catalog_fixture, "a key is forgotten after a day, and its run is not") {
  auto store = open();
  store.open_run(new_run(1), memory_of(), once);
  store.close_run(ended(new_run(1)), memory_of(), settled_rows::none);
  while (store.prune(at_second(1) + 24h)) {
  }
  CHECK(store.find_start("customers", once.key));
  while (store.prune(at_second(1) + 24h + 1ms)) {
  }
  CHECK_FALSE(store.find_start("customers", once.key));
  CHECK(store.find_run("customers", new_run(1).run));
}

TEST_CASE_FIXTURE(catalog_fixture, "what was delivered is told apart, and comes back so") {
  auto store = open();
  auto run = new_run(1);
  store.open_run(run, memory_of());
  run.counters.delivered = 6;
  run.counters.delivered_as = {1, 2, 3};
  store.update_run(run, memory_of());
  CHECK(store.find_run("customers", run.run)->counters == run.counters);
}

TEST_CASE_FIXTURE(catalog_fixture, "of an older run the split is known where all was delivered") {
  {
    catalog::database db(dir.path() / "catalog.sqlite");
    catalog::migrate(db, catalog::migrations().first(6));
    db.execute(
        "INSERT INTO connections (name, enabled, next_type, epoch, mapping_identity, ledger_rows)"
        " VALUES ('customers', 1, 'incremental', 1, 'mapping', 9)");
    for (const auto* counts : {"1, 10, 2, 3, 1, 6, 0", "2, 10, 2, 3, 1, 5, 1"})
      db.execute(std::string("INSERT INTO runs (connection, type, triggered_by, state, mode, epoch,"
                             " started_at, finished_at, unchanged, invalid, undelivered, warnings,"
                             " run, rows_read, inserts, updates, deletes, delivered, rejected)"
                             " VALUES ('customers', 'full', 'manual', 'succeeded', 'mirror', 1,"
                             " 1769850000000, 1769850001000, 0, 0, 0, '[]', 'run-' || ") +
                 counts + ")");
  }
  auto store = open();
  CHECK(store.find_run("customers", "run-1")->counters.delivered_as == operation_counts{2, 3, 1});
  CHECK(store.find_run("customers", "run-2")->counters.delivered_as == operation_counts{});
  CHECK(store.list_runs("customers", {.limit = 5}).runs.size() == 2);
  store.open_run(new_run(3), memory_of(), once);
  CHECK(store.find_start("customers", once.key));
}
