#include "runtime/catalog/catalog.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "tests/runtime/catalog/catalog_fixture.hpp"
#include "tests/support/broken_contract.hpp"

using namespace sluice;
using test::at_second;
using test::catalog_fixture;

namespace {

run_record full_record() {
  auto run = catalog_fixture::new_run(1);
  run.type = run_type::incremental;
  run.trigger = run_trigger::schedule;
  run.state = run_state::failed;
  run.mode = sync_mode::mirror;
  run.epoch = 4'000'000'000;
  run.continues = "01JC";
  run.stop_requested_at = at_second(2);
  run.reading_halted_at = at_second(3);
  run.finished_at = at_second(4);
  run.counters = {9'000'000'000'000'000'000u, 2, 3, 4, 5, 6, 7, 8, 9};
  run.in_flight_at_stop = 10;
  run.failed = {errc::source_failed, "read model", "o'brien \"x\"", "é 🚀 lost", ""};
  run.about = "3 rows by their keys";
  run.warnings = {"", "it's \"quoted\"\n🚀"};
  return run;
}

}  // namespace

TEST_CASE_FIXTURE(catalog_fixture, "a run comes back as it was recorded whatever its texts hold") {
  const auto run = full_record();
  {
    auto catalog = open();
    catalog.open_run(new_run(1), memory_of());
    catalog.close_run(run, memory_of(), settled_rows::none);
  }
  CHECK(open().find_run("customers", run.run) == run);
}

TEST_CASE_FIXTURE(catalog_fixture, "every code of an error comes back as it was recorded") {
  auto store = open();
  for (int i = 1; i < 256; ++i) {
    const auto code = static_cast<errc>(i);
    if (code != errc::internal && to_string(code) == to_string(errc::internal)) continue;  // none
    CAPTURE(to_string(code));
    auto run = ended(new_run(i), run_state::failed);
    run.failed = {code, "deliver", "customers", "why", "what to do"};
    store.open_run(new_run(i), memory_of());
    store.close_run(run, memory_of(), settled_rows::none);
    CHECK(store.find_run("customers", run.run)->failed == run.failed);
  }
}

TEST_CASE_FIXTURE(catalog_fixture, "a run that has just begun has no end and no error") {
  auto catalog = open();
  catalog.open_run(new_run(1), memory_of());
  CHECK(catalog.find_run("customers", new_run(1).run) == new_run(1));
  CHECK_FALSE(catalog.find_run("customers", "unknown"));
  CHECK_FALSE(catalog.find_run("unknown", new_run(1).run));
}

TEST_CASE_FIXTURE(catalog_fixture, "what a connection will do next survives") {
  auto memory = memory_of();
  memory.ledger = {ledger_position{0xffff'ffff, 1u << 31}, true, at_second(7), "an older copy"};
  memory.enabled = false;
  memory.next_type = run_type::incremental;
  memory.epoch = 7;
  memory.continues = "01JC";
  memory.ledger_rows = 5'000'000'000;
  {
    auto catalog = open();
    catalog.open_run(new_run(1), memory_of());
    catalog.close_run(ended(new_run(1)), memory, settled_rows::all);
    catalog.open_run(new_run(2, "orders"), memory_of("orders"));
  }
  const auto all = open().load_all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].memory == memory);
  CHECK(all[0].last_run == ended(new_run(1)));
  CHECK(all[0].rejected_rows == 0);
  CHECK(all[1].memory == memory_of("orders"));
}

TEST_CASE_FIXTURE(catalog_fixture, "a new catalog is empty") {
  auto catalog = open();
  CHECK(catalog.load_all().empty());
  CHECK(catalog.list_runs("customers", {.limit = 10}).runs.empty());
  CHECK(catalog.list_rejected("customers", {.limit = 10}).rows.empty());
}

TEST_CASE_FIXTURE(catalog_fixture,
                  "runs that had not ended are interrupted when the node is back") {
  auto next = memory_of();
  next.continues = new_run(2).run;
  {
    auto catalog = open();
    catalog.open_run(new_run(1), memory_of());
    catalog.close_run(ended(new_run(1), run_state::stopped), memory_of(), settled_rows::none);
    catalog.open_run(new_run(2), next);
    auto draining = new_run(3, "orders");
    draining.state = run_state::draining;
    catalog.open_run(draining, memory_of("orders"));
  }
  auto catalog = open(at_second(99));
  CHECK(catalog.find_run("customers", new_run(1).run)->state == run_state::stopped);
  const auto all = catalog.load_all();
  REQUIRE(all.size() == 2);
  for (const auto& entry : all) {
    CHECK(entry.last_run->state == run_state::interrupted);
    CHECK(entry.last_run->finished_at == at_second(99));
  }
  CHECK(all[0].memory == next);
}

TEST_CASE_FIXTURE(catalog_fixture,
                  "an interrupted run has the counts last recorded and the rest is undelivered") {
  {
    auto catalog = open();
    catalog.open_run(new_run(1), memory_of());
    auto run = new_run(1);
    run.counters.read = run.counters.inserts = 30;
    run.counters.delivered = 20;
    run.counters.rejected = 1;
    run.warnings = {"first"};
    catalog.update_run(run, memory_of());
  }
  const auto run = open(at_second(99)).find_run("customers", new_run(1).run).value();
  CHECK(run.state == run_state::interrupted);
  CHECK(run.counters.read == 30);
  CHECK(run.counters.delivered == 20);
  CHECK(run.counters.undelivered == 9);
  REQUIRE(run.warnings.size() == 2);
  CHECK(run.warnings[0] == "first");
}

TEST_CASE_FIXTURE(catalog_fixture, "the progress of a run that has ended changes nothing") {
  auto catalog = open();
  catalog.open_run(new_run(1), memory_of());
  const auto over = ended(new_run(1));
  catalog.close_run(over, memory_of(), settled_rows::all);
  catalog.update_run(new_run(1), memory_of());
  CHECK(catalog.find_run("customers", new_run(1).run) == over);
}

TEST_CASE_FIXTURE(catalog_fixture, "runs are listed newest first and no more than asked for") {
  auto catalog = open();
  for (int i = 1; i <= 12; ++i) {
    catalog.open_run(new_run(i), memory_of());
    catalog.close_run(ended(new_run(i)), memory_of(), settled_rows::all);
  }
  catalog.open_run(new_run(13, "orders"), memory_of("orders"));
  const auto runs = catalog.list_runs("customers", {.limit = 3}).runs;
  REQUIRE(runs.size() == 3);
  CHECK(runs[0] == ended(new_run(12)));
  CHECK(runs[2] == ended(new_run(10)));
  CHECK(catalog.list_runs("customers", {.limit = 100}).runs.size() == 12);
  CHECK(catalog.list_runs("customers", {.limit = 0}).runs.empty());
}

TEST_CASE_FIXTURE(catalog_fixture, "one list of runs has a bound whatever is asked for") {
  auto catalog = open();
  for (int i = 1; i <= static_cast<int>(most_runs_listed) + 1; ++i)
    catalog.skip_run(ended(new_run(i), run_state::skipped), memory_of());
  const auto first = catalog.list_runs("customers", {.limit = 4'000'000'000}).runs;
  REQUIRE(first.size() == most_runs_listed);
  CHECK(catalog.list_runs("customers", {.limit = 4'000'000'000, .before = first.back().run})
            .runs.size() == 1);
}

TEST_CASE_FIXTURE(catalog_fixture,
                  "the end of a run that never began is refused and changes nothing") {
  auto catalog = open();
  CHECK_THROWS_AS(catalog.close_run(ended(new_run(1)), memory_of(), settled_rows::all), failure);
  CHECK(catalog.load_all().empty());
}

TEST_CASE_FIXTURE(catalog_fixture, "a run id that was used is refused and the catalog goes on") {
  auto catalog = open();
  catalog.open_run(new_run(1), memory_of());
  auto changed = memory_of();
  changed.epoch = 9;
  try {
    catalog.open_run(new_run(1), changed);
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::catalog_failed);
    CHECK(e.info().operation == "record the start of a run in catalog");
  }
  CHECK(catalog.load_all().at(0).memory == memory_of());
  catalog.open_run(new_run(2), memory_of());
  CHECK(catalog.list_runs("customers", {.limit = 10}).runs.size() == 2);
}

TEST_CASE_FIXTURE(catalog_fixture,
                  "two thousand connections are loaded in well under five seconds") {
  open();
  {
    catalog::database db(dir.path() / "catalog.sqlite");
    db.transaction("fill", [&] {
      for (int i = 0; i < 2000; ++i) {
        const connection_name name("connection " + std::to_string(i));
        db.execute(
            "INSERT INTO connections (name, enabled, next_type, epoch, mapping_identity,"
            " ledger_rows, last_run) VALUES (?, 1, 'full', 1, 'm', 0, ?)",
            {name, "01JD"});
        db.execute(
            "INSERT INTO runs VALUES (?, '01JD', 'full', 'manual', 'running', 'upsert', 1, NULL, 1,"
            " NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL,"
            " '[]', '', '', '', 0, 0, 0, 0, 0, 0, '')",
            {name});
      }
    });
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto all = open().load_all();
  const auto elapsed = std::chrono::steady_clock::now() - begin;
  REQUIRE(all.size() == 2000);
  CHECK(all[1999].last_run->state == run_state::interrupted);
  CHECK(elapsed < std::chrono::seconds{5});
  MESSAGE("opened and loaded in ",
          std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count(), " ms");
}

TEST_CASE_FIXTURE(catalog_fixture,
                  "what a connection remembers between runs survives and its last run stays") {
  auto memory = memory_of();
  {
    auto catalog = open();
    catalog.save(memory);  // before its first run
    CHECK_FALSE(catalog.load_all().at(0).last_run);
    catalog.open_run(new_run(1), memory);
    catalog.close_run(ended(new_run(1)), memory, settled_rows::all);
    memory.enabled = false;
    memory.assume_synced = true;
    memory.read_to = checkpoint{"updated_at", "2026-01-31 09:00:00.123456+00"};
    memory.due_handled = at_second(77);
    catalog.save(memory);
  }
  const auto entry = open().load_all().at(0);
  CHECK(entry.memory == memory);
  CHECK(entry.last_run->run == new_run(1).run);
}

TEST_CASE_FIXTURE(catalog_fixture, "a skipped run is listed and is not the last run") {
  auto catalog = open();
  auto memory = memory_of();
  catalog.open_run(new_run(1), memory);
  memory.due_handled = at_second(2);
  const auto skipped = ended(new_run(2), run_state::skipped);
  catalog.skip_run(skipped, memory);
  CHECK(catalog.list_runs("customers", {.limit = 10}).runs.at(0) == skipped);
  CHECK(catalog.load_all().at(0).last_run->run == new_run(1).run);
  CHECK(catalog.load_all().at(0).memory.due_handled == at_second(2));
}

TEST_CASE_FIXTURE(catalog_fixture, "runs are listed from any run on backwards") {
  auto catalog = open();
  for (int i = 1; i <= 5; ++i) {
    catalog.open_run(new_run(i), memory_of());
    catalog.close_run(ended(new_run(i)), memory_of(), settled_rows::all);
  }
  const auto before = catalog.list_runs("customers", {.limit = 2, .before = new_run(4).run}).runs;
  REQUIRE(before.size() == 2);
  CHECK(before[0].run == new_run(3).run);
  CHECK(before[1].run == new_run(2).run);
  CHECK(catalog.list_runs("customers", {.limit = 2, .before = new_run(1).run}).runs.empty());
}

TEST_CASE_FIXTURE(catalog_fixture, "one connection is loaded as it is among all of them") {
  auto catalog = open();
  catalog.open_run(new_run(1), memory_of());
  catalog.save(memory_of("orders"));
  CHECK(catalog.load("customers").last_run->run == new_run(1).run);
  CHECK(catalog.load("orders").memory == memory_of("orders"));
  const auto unknown = catalog.load("nobody");
  CHECK(unknown.memory.connection == "nobody");
  CHECK(unknown.memory.mapping_identity.empty());
  CHECK_FALSE(unknown.last_run);
}

TEST_CASE_FIXTURE(catalog_fixture, "the end of a run that goes on is recorded by nobody") {
  auto store = open();
  const auto run = new_run(1);
  store.open_run(run, memory_of());
  CHECK(test::broken_contract([&] { store.close_run(run, memory_of(), settled_rows::none); }) ==
        "record the end of a run in catalog: expected a run that has ended, and when");
  auto undated = ended(run);
  undated.finished_at.reset();
  CHECK(test::broken_contract([&] { store.close_run(undated, memory_of(), settled_rows::none); }) ==
        "record the end of a run in catalog: expected a run that has ended, and when");
  CHECK(test::broken_contract([&] { store.skip_run(new_run(2), memory_of()); }) ==
        "record a skipped run in catalog: expected a run that has ended, and when");
  REQUIRE(store.list_runs("customers", {.limit = 10}).runs.size() == 1);
  CHECK(store.list_runs("customers", {.limit = 10}).runs.front().state == run.state);
}
