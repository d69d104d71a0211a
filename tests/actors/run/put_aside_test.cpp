#include "actors/run/put_aside.hpp"

#include <doctest/doctest.h>

#include "tests/actors/run_checks.hpp"
#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using actors::put_aside;
using test::check_adds_up;
using test::packed_key;

namespace {

long id_of(const delta_view& d) { return std::stol(std::string(unpack(d.key).at(0).bytes)); }

/// A destination in which rows 1 to 50 need the row that is 50 further on, in batches of five for
/// two writers.
struct pairs : test::hundred_rows {
  pairs() {
    config.delivery.writers = 2;
    config.delivery.batch_rows = 5;
    destination.misfit = [this](const delta_view& d, const auto& rows) {
      const auto needed = id_of(d) + 50;
      const bool fits = d.op == operation::erase || needed > 100 ||
                        rows.contains(packed_key(needed)) || never == id_of(d);
      if (never == id_of(d)) return std::optional<std::string>("never fits");
      return fits ? std::nullopt : std::optional<std::string>("needs another row");
    };
  }
  long never = 0;
};

}  // namespace

TEST_CASE("what is put aside is what waits for other rows, as far as there is room") {
  batch deltas;
  const std::string large(put_aside::most_bytes / 2, 'x');
  for (int i = 0; i < 5; ++i) deltas.append(operation::insert, {}, {}, packed_key(i), large);
  batch_outcome outcome;
  outcome.fates = {fate::rejected, fate::delivered, fate::rejected, fate::rejected, fate::rejected};
  outcome.rejections = {{0, "for good", 0, false},
                        {2, "waits", 7, true},
                        {3, "waits, too", 0, true},
                        {4, "no room", 0, true}};
  put_aside aside;
  CHECK(aside.take_from(deltas, outcome) == 2);
  CHECK(outcome.fates == std::vector{fate::rejected, fate::delivered, fate::undelivered,
                                     fate::undelivered, fate::rejected});
  REQUIRE(outcome.rejections.size() == 2);
  CHECK(outcome.rejections[1].reason == "no room");

  batch_outcome rejected;
  const auto rows = aside.take_rejected(rejected);
  CHECK(rows.size() == 2);
  CHECK(rejected.rejections == std::vector<rejection>{{0, "waits", 7}, {1, "waits, too", 0}});
  CHECK(aside.empty());
}

TEST_CASE("a row that may have been applied is not put aside") {
  batch deltas;
  deltas.append(operation::insert, {}, {}, packed_key(1), "row");
  batch_outcome outcome{{fate::unknown}, {{0, "refused later", 0, true}}, {}};
  put_aside aside;
  CHECK(aside.take_from(deltas, outcome) == 0);
  CHECK(outcome.rejections.size() == 1);
}

TEST_CASE("what is not proven to be a row's own failure is not rejected without another try") {
  batch deltas;
  for (int i = 0; i < 3; ++i) deltas.append(operation::insert, {}, {}, packed_key(i), "row");
  batch_outcome outcome;
  outcome.fates = {fate::unknown, fate::undelivered, fate::rejected};
  outcome.rejections = {
      {0, "HTTP 500", 500, false, true}, {1, "HTTP 429", 429, false, true}, {2, "waits", 0, true}};
  put_aside aside;
  CHECK(aside.take_from(deltas, outcome) == 3);
  // In the ledger the first is in doubt.
  CHECK(outcome.fates == std::vector{fate::unknown, fate::undelivered, fate::undelivered});
  batch_outcome left;
  CHECK(aside.take_rejected(left).size() == 3);
  CHECK(left.fates == std::vector{fate::unknown, fate::undelivered, fate::rejected});
  REQUIRE(left.rejections.size() == 1);
  CHECK(left.rejections[0].index == 2);
}

TEST_CASE_FIXTURE(pairs, "rows that need rows of another writer arrive within the run") {
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.delivered == 100);
  CHECK(run.counters.rejected == 0);
  CHECK(delivered() == source.rows);
  check_adds_up(run);
  CHECK(node.rejected().empty());
  CHECK(node.sync().counters.unchanged == 100);
}

TEST_CASE_FIXTURE(pairs, "what never fits is rejected once, and the rest arrives") {
  never = 7;
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.delivered == 99);
  CHECK(run.counters.rejected == 1);
  check_adds_up(run);
  const auto listed = node.rejected();
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].key == R"({"id":7})");
  CHECK(listed[0].attempts == 1);
  CHECK(listed[0].reason == "never fits");

  never = 0;
  CHECK(node.sync().counters.delivered == 1);
  CHECK(node.rejected().empty());
}

TEST_CASE_FIXTURE(test::hundred_rows, "an upsert that waits for a delete is tried after it") {
  config.delivery.writers = 2;
  test::connection_fixture node(*this);
  node.sync();
  destination.misfit = [](const delta_view& d, const auto& rows) {
    const bool taken = d.op != operation::erase && rows.contains(packed_key(50));
    return taken ? std::optional<std::string>("row 50 has it") : std::nullopt;
  };
  source.rows[5] = "what row 50 had";
  source.rows.erase(50);
  const auto run = node.sync();
  CHECK(run.counters.delivered == 2);
  CHECK(run.counters.rejected == 0);
  CHECK(delivered() == source.rows);
  check_adds_up(run);
}

TEST_CASE_FIXTURE(test::hundred_rows, "a delete that waits for another delete is tried again") {
  config.delivery.writers = 2;
  config.delivery.batch_rows = 1;
  test::connection_fixture node(*this);
  node.sync();
  // Row n is referred to by row n + 1; only the last one can go.
  destination.misfit = [](const delta_view& d, const auto& rows) {
    const bool referred =
        d.op == operation::erase && id_of(d) == 10 && rows.contains(packed_key(20));
    return referred ? std::optional<std::string>("row 20 refers to it") : std::nullopt;
  };
  source.rows.erase(10);
  source.rows.erase(20);
  const auto run = node.sync();
  CHECK(run.counters.deletes == 2);
  CHECK(run.counters.delivered == 2);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(test::hundred_rows, "what waits is tried again also if deletes are held back") {
  config.max_delete_percent = 1;
  test::connection_fixture node(*this);
  node.sync();
  int refusals = 0;
  destination.misfit = [&](const delta_view& d, const auto&) {
    return id_of(d) == 5 && refusals++ == 0 ? std::optional<std::string>("not yet") : std::nullopt;
  };
  source.rows[5] = "changed";
  for (long id = 60; id <= 100; ++id) source.rows.erase(id);
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  CHECK(run.counters.delivered == 1);
  CHECK(run.counters.rejected == 0);
  CHECK(run.counters.deletes == 0);
  check_adds_up(run);
}

TEST_CASE("after a stop what waits is rejected, and the next sync delivers it") {
  for (const bool abandon : {false, true}) {
    CAPTURE(abandon);
    pairs world;
    test::connection_fixture node(world);
    const auto run = node.start().get();
    node.run_until([&] { return world.source.fetched >= 60; });
    node.stop(abandon);
    node.run();
    const auto ended =
        node.ask<run_record>(node.supervisor, command::await{"customers", run.run}).get();
    CHECK(ended.state == run_state::stopped);
    check_adds_up(ended);
    CHECK(node.rejected().size() == ended.counters.rejected);
    node.sync();
    CHECK(world.delivered() == world.source.rows);
    CHECK(node.rejected().empty());
  }
}

TEST_CASE("a crash at any message loses no row that waits") {
  bool ended = false;
  for (int messages = 10; !ended; messages += 5) {
    CAPTURE(messages);
    pairs world;
    {
      test::connection_fixture node(world);
      node.start();
      for (int i = 0; i < messages && !ended; ++i) ended = !node.step();
    }
    test::connection_fixture node(world);
    node.sync();
    CHECK(world.delivered() == world.source.rows);
    CHECK(node.rejected().empty());
    CHECK(node.sync().counters.unchanged == 100);
  }
}

TEST_CASE_FIXTURE(pairs,
                  "a destination that fails at the further try leaves its rows undelivered") {
  test::connection_fixture node(*this);
  bool last = false;
  destination.decide = [&](std::uint32_t) {
    using kind = test::destination_double::verdict::kind;
    return test::destination_double::verdict{last ? kind::refuse : kind::apply};
  };
  const auto fits = destination.misfit;
  std::size_t refused = 0;
  destination.misfit = [&](const delta_view& d, const auto& rows) {
    auto why = fits(d, rows);
    if (why && ++refused == 50) last = true;
    return why;
  };
  const auto run = node.sync();
  CHECK(run.state == run_state::failed);
  check_adds_up(run);
  destination.decide = {};
  destination.misfit = fits;
  node.sync();
  CHECK(delivered() == source.rows);
}
