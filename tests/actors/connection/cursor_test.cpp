// Runs by cursor: real supervisor, reader, writers, ledger and catalog, over a real SQLite source.
#include <doctest/doctest.h>

#include "tests/actors/connection/cursor_world.hpp"

using namespace sluice;
using test::cursor_world;

TEST_CASE_FIXTURE(cursor_world, "an incremental run reads only what lies at or past the cursor") {
  for (long id = 1; id <= 100; ++id) put(id, "a", id);
  test::connection_fixture node(*this);
  const auto first = node.sync();
  CHECK(first.type == run_type::full);
  CHECK(first.counters.inserts == 100);
  const auto second = node.sync();
  CHECK(second.type == run_type::incremental);
  CHECK(second.counters.read == 1);
  CHECK(second.counters.unchanged == 1);
  put(7, "b", 101);
  put(200, "new", 100);
  const auto third = node.sync();
  CHECK(third.counters.read == 3);
  CHECK(third.counters.updates == 1);
  CHECK(third.counters.inserts == 1);
  CHECK(third.counters.unchanged == 1);
  CHECK(delivered() == rows());
}

TEST_CASE_FIXTURE(cursor_world, "what vanishes or changes behind the cursor is not seen") {
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  test::connection_fixture node(*this);
  node.sync();
  const auto before = delivered();
  put(3, "changed", 3);
  remove(4);
  const auto run = node.sync();
  CHECK(run.counters.read == 1);
  CHECK(run.counters.deltas() == 0);
  CHECK(delivered() == before);
  // A full run sees the change. Deletes are for mirrors.
  CHECK(node.sync({.full = true}).counters.read == 9);
  CHECK(delivered().at(3) == "changed");
  CHECK(delivered().size() == 10);
}

TEST_CASE_FIXTURE(cursor_world, "a rejected row is offered again though the cursor has passed it") {
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  destination.rejects[packed_id(3)] = "told to";
  test::connection_fixture node(*this);
  CHECK(node.sync().counters.rejected == 1);
  put(11, "a", 11);
  const auto again = node.sync();
  CHECK(again.counters.read == 3);  // 10, the checkpoint; 11; and 3
  CHECK(again.counters.rejected == 1);
  REQUIRE(node.rejected().size() == 1);
  CHECK(node.rejected()[0].attempts == 2);
  destination.rejects.clear();
  CHECK(node.sync().counters.delivered == 1);
  CHECK(node.rejected().empty());
  CHECK(node.sync().counters.read == 1);
  CHECK(delivered() == rows());
}

TEST_CASE_FIXTURE(cursor_world, "a rejected row that is gone from the source is listed no more") {
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  destination.rejects[packed_id(3)] = "told to";
  test::connection_fixture node(*this);
  node.sync();
  remove(3);
  CHECK(node.sync().counters.read == 1);
  CHECK(node.rejected().empty());
}

TEST_CASE_FIXTURE(cursor_world, "without retries a rejected row is read and not offered again") {
  config.retry_rejected = false;
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  destination.rejects[packed_id(3)] = "told to";
  test::connection_fixture node(*this);
  node.sync();
  destination.rejects.clear();
  const auto run = node.sync();
  CHECK(run.counters.read == 2);
  CHECK(run.counters.unchanged == 2);
  CHECK(node.rejected().size() == 1);
  put(3, "changed", 3);  // behind the cursor, and found by its key
  CHECK(node.sync().counters.delivered == 1);
  CHECK(node.rejected().empty());
}

TEST_CASE_FIXTURE(cursor_world, "a row without a cursor is invalid and listed until it has one") {
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  put(5, "a", std::nullopt);
  test::connection_fixture node(*this);
  CHECK(node.sync().counters.invalid == 1);
  put(6, "b", std::nullopt);
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.invalid == 2);
  CHECK(run.counters.read == 3);
  REQUIRE(node.rejected().size() == 2);
  for (const auto& row : node.rejected())
    CHECK(row.reason.find("column 'at': the cursor is NULL") == 0);
  CHECK(delivered().count(5) == 0);
  CHECK(delivered().at(6) == "a");
  put(5, "a", 2);  // behind the cursor
  put(6, "b", 12);
  CHECK(node.sync().counters.delivered == 2);
  CHECK(node.rejected().empty());
  CHECK(delivered() == rows());
}

TEST_CASE_FIXTURE(cursor_world, "a failed or stopped run leaves the checkpoint where it was") {
  for (long id = 1; id <= 20; ++id) put(id, "a", id);
  auto node = std::make_unique<test::connection_fixture>(*this);
  node->sync();
  for (long id = 1; id <= 20; ++id) put(id, "b", 100 + id);
  destination.decide = [](std::uint32_t) {
    return test::destination_double::verdict{
        test::destination_double::verdict::kind::apply_then_unknown};
  };
  CHECK(node->sync().state == run_state::failed);
  destination.decide = nullptr;
  for (long id = 5; id <= 10; ++id) put(id, "a", 130);  // changed back
  const auto before = destination.deliveries();
  node->start();
  node->run_until([&] { return destination.deliveries() > before + 5; });
  node->stop();
  node->run();
  node = nullptr;
  node = std::make_unique<test::connection_fixture>(*this);
  const auto run = node->sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.read == 20);
  CHECK(delivered() == rows());
  CHECK(node->sync().counters.read == 6);
}

TEST_CASE_FIXTURE(cursor_world, "changing between snapshot and cursor needs no full run") {
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  const auto sync_as = [&](bool by_cursor) {
    config.source.cursor = by_cursor ? cursor : std::nullopt;
    test::connection_fixture node(*this);
    const auto run = node.sync();
    CHECK(run.warnings.empty());
    CHECK(run.counters.deltas() == run.counters.delivered);
    return run;
  };
  CHECK(sync_as(false).counters.inserts == 10);
  auto run = sync_as(true);
  CHECK(run.type == run_type::incremental);
  CHECK(run.counters.unchanged == 10);
  CHECK(sync_as(true).counters.read == 1);
  put(3, "b", 3);  // only a snapshot can see it
  run = sync_as(false);
  CHECK(run.type == run_type::incremental);
  CHECK(run.counters.read == 10);
  CHECK(run.counters.updates == 1);
  // Whatever runs without a cursor have done, the next one by cursor looks at everything.
  CHECK(sync_as(true).counters.read == 10);
  CHECK(sync_as(true).counters.read == 1);
}

TEST_CASE_FIXTURE(
    cursor_world,
    "another filter or cursor or mode reads everything once and delivers what is new") {
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  const auto sync = [&] { return test::connection_fixture(*this).sync(); };
  config.source.where = "id < 6";
  CHECK(sync().counters.inserts == 5);
  CHECK(sync().counters.read == 1);
  config.source.where = "id < 8";
  auto run = sync();
  CHECK(run.type == run_type::incremental);
  CHECK(run.counters.read == 7);
  CHECK(run.counters.inserts == 2);
  CHECK(sync().counters.read == 1);
  config.source.where = "id < 3";
  CHECK(sync().counters.deltas() == 0);
  config.source.where = std::nullopt;
  CHECK(sync().counters.inserts == 3);
  config.source.cursor->column = "id";
  CHECK(sync().counters.read == 10);
  CHECK(sync().counters.read == 1);
  config.mode = sync_mode::insert;
  CHECK(sync().counters.read == 10);
}

TEST_CASE_FIXTURE(cursor_world, "a mirror reads everything whatever its configuration says") {
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  config.mode = sync_mode::mirror;
  test::connection_fixture node(*this);
  node.sync();
  CHECK(node.sync().counters.read == 10);
  remove(3);
  CHECK(node.sync().counters.deletes == 1);
}

TEST_CASE_FIXTURE(cursor_world, "rows past the limit of the list keep the checkpoint from moving") {
  bounds.rejected_rows = 2;
  for (long id = 1; id <= 10; ++id) put(id, "a", id);
  test::connection_fixture node(*this);
  node.sync();
  for (long id = 1; id <= 3; ++id) {
    put(id, "b", 10 + id);
    destination.rejects[packed_id(id)] = "told to";
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto run = node.sync();
    CHECK(run.state == run_state::succeeded);
    CHECK(run.counters.rejected == 3);
    CHECK(run.counters.read == 4);
    REQUIRE(run.warnings.size() == 1);
    CHECK(run.warnings[0].find("checkpoint did not move") != std::string::npos);
  }
  destination.rejects.clear();
  CHECK(node.sync().counters.delivered == 3);
  CHECK(delivered() == rows());
  CHECK(node.sync().counters.read == 1);
}
