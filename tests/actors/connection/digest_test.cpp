// Runs by digests do what runs that read every row do, and read less.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include "tests/actors/run_checks.hpp"
#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using test::packed_key;

namespace {

struct by_digest : test::outside_world {
  by_digest() {
    config.source.by_digest = true;
    for (long id = 1; id <= 400; ++id) source.rows[id] = "value " + std::to_string(id);
  }
};

/// What a run found and did, by whichever detection.
struct deed {
  run_state state;
  std::uint64_t read, unchanged, invalid, inserts, updates, deletes, delivered, rejected;
  bool operator==(const deed&) const = default;
};

deed of(const run_record& run) {
  const auto& n = run.counters;
  return {run.state, n.read,    n.unchanged, n.invalid, n.inserts,
          n.updates, n.deletes, n.delivered, n.rejected};
}

/// Two worlds in which the same happens, one with digests.
class side_by_side {
 public:
  explicit side_by_side(std::uint32_t seed) : random_(seed) {
    constexpr std::array modes{sync_mode::mirror, sync_mode::mirror, sync_mode::upsert,
                               sync_mode::insert, sync_mode::append};
    const auto mode = modes.at(below(modes.size()));
    const bool retries = below(2) == 0;
    for (auto* world : {&plain_, &digests_}) {
      world->config.mode = mode;
      world->config.retry_rejected = retries;
      world->config.max_delete_percent = 100;
    }
    digests_.config.source.by_digest = true;
    for (long id = 0; id < 120; ++id) put(id, "a");
  }

  void change_source() {
    for (auto n = below(6); n > 0; --n) {
      const long id = below(160);
      const auto what = below(10);
      if (what < 2)
        for (auto* world : {&plain_, &digests_}) world->source.rows.erase(id);
      else
        put(id, std::string(1, static_cast<char>('a' + below(3))));
      const long bad = below(160);
      for (auto* world : {&plain_, &digests_}) {
        if (what == 7) world->destination.rejects[packed_key(bad)] = "told to";
        if (what == 8) world->destination.rejects.clear();
        if (what == 9) world->source.invalid[bad] = "cannot be read";
        if (what == 5) world->source.invalid.clear();
      }
    }
  }

  void sync() {
    const bool full = below(12) == 0;
    const auto one = run(plain_, full);
    const auto other = run(digests_, full);
    CHECK(one == other);
    CHECK(plain_.destination.rows() == digests_.destination.rows());
  }

  [[nodiscard]] std::size_t fetched_by_digests() const { return digests_.source.fetched; }
  [[nodiscard]] std::size_t fetched_by_reading() const { return plain_.source.fetched; }

 private:
  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }
  void put(long id, const std::string& value) {
    for (auto* world : {&plain_, &digests_}) world->source.rows[id] = value;
  }
  static deed run(test::outside_world& world, bool full) {
    test::connection_fixture node(world);
    const auto seen = node.preview({.full = full}).get().counters;
    const auto done = node.sync({.full = full, .allow_deletes = true});
    CHECK(seen.inserts == done.counters.inserts);
    CHECK(seen.updates == done.counters.updates);
    CHECK(seen.deletes == done.counters.deletes);
    CHECK(seen.unchanged == done.counters.unchanged);
    return of(done);
  }

  std::mt19937 random_;
  test::outside_world plain_;
  test::outside_world digests_;
};

}  // namespace

TEST_CASE("for the same changes a run by digests has the same deltas as one that reads every row") {
  std::size_t by_digests = 0, by_reading = 0;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    side_by_side worlds(seed);
    for (int i = 0; i < 12; ++i) {
      worlds.sync();
      worlds.change_source();
    }
    by_digests += worlds.fetched_by_digests();
    by_reading += worlds.fetched_by_reading();
  }
  CHECK(by_digests < by_reading);
}

TEST_CASE_FIXTURE(by_digest, "where nothing has changed one digest comes over the wire") {
  test::connection_fixture node(*this);
  auto run = node.sync();
  CHECK(run.type == run_type::full);
  CHECK(run.counters.fetched_rows == 400);
  CHECK(run.counters.fetched_bytes > 400);
  source.fetched = source.digests = 0;
  run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.read == 400);
  CHECK(run.counters.unchanged == 400);
  CHECK(run.counters.fetched_rows == 1);
  CHECK(source.digests == 1);
  CHECK(source.fetched == 0);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(by_digest, "what has changed is read and little else") {
  test::connection_fixture node(*this);
  node.sync();
  source.rows[7] = "changed";
  source.rows[1'000] = "new";
  source.rows.erase(150);
  source.fetched = 0;
  const auto run = node.sync();
  CHECK(run.counters.updates == 1);
  CHECK(run.counters.inserts == 1);
  CHECK(run.counters.deletes == 1);
  CHECK(run.counters.read == 400);
  CHECK(run.counters.unchanged == 398);
  CHECK(source.fetched < 150);
  CHECK(delivered() == source.rows);
  source.fetched = 0;
  CHECK(node.sync().counters.deltas() == 0);
  CHECK(source.fetched == 0);
}

TEST_CASE_FIXTURE(by_digest, "from snapshot to digest and back no row is sent again") {
  config.source.by_digest = false;
  for (const bool digests : {false, true, false, true}) {
    config.source.by_digest = digests;
    test::connection_fixture node(*this);
    node.sync();
    const auto before = destination.deliveries();
    const auto again = node.sync();
    CHECK(again.type == run_type::incremental);
    CHECK(again.counters.unchanged == 400);
    CHECK(destination.deliveries() == before);
    CHECK(before == 400);
  }
}

TEST_CASE_FIXTURE(by_digest, "a change that was made and missed in between is found") {
  {
    test::connection_fixture node(*this);
    node.sync();
  }
  // By a run that does not keep the index up.
  source.rows[7] = "changed";
  config.source.by_digest = false;
  {
    test::connection_fixture node(*this);
    CHECK(node.sync().counters.updates == 1);
  }
  source.rows[7] = "value 7";
  config.source.by_digest = true;
  test::connection_fixture node(*this);
  CHECK(node.sync().counters.updates == 1);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(by_digest, "a mirror that would delete too much holds back as ever") {
  test::connection_fixture node(*this);
  node.sync();
  const auto before = source.rows;
  std::erase_if(source.rows, [](const auto& row) { return row.first % 2 == 0; });
  for (int i = 0; i < 2; ++i) {
    const auto run = node.sync();
    CHECK(run.state == run_state::failed);
    CHECK(run.counters.deletes == 0);
    CHECK(delivered() == before);
  }
  source.rows.clear();
  CHECK(node.sync().state == run_state::failed);
  source.rows = before;
  source.rows.erase(7);
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.deletes == 1);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(by_digest,
                  "a delete that was refused is offered again although nothing differs") {
  test::connection_fixture node(*this);
  node.sync();
  source.rows.erase(7);
  destination.rejects[packed_key(7)] = "stays";
  CHECK(node.sync().counters.rejected == 1);
  const auto again = node.sync();
  CHECK(again.counters.deletes == 1);
  CHECK(again.counters.rejected == 1);
  destination.rejects.clear();
  CHECK(node.sync().counters.delivered == 1);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(by_digest, "a row whose delivery is in doubt is delivered again") {
  test::connection_fixture node(*this);
  node.sync();
  source.rows[7] = "changed";
  using kind = test::destination_double::verdict::kind;
  destination.decide = [](std::uint32_t) {
    return test::destination_double::verdict{kind::apply_then_unknown};
  };
  node.sync();
  destination.decide = {};
  source.rows[7] = "value 7";
  const auto run = node.sync();
  CHECK(run.counters.updates == 1);
  CHECK(delivered() == source.rows);
}

TEST_CASE_FIXTURE(by_digest, "of two keys that are one to the destination the same one counts") {
  // Row 1000 and row 7 have the same key once the destination reads it.
  destination.identity = identity_rule{{identity_form::number}};
  source.named = [](long id) { return id == 1'000 ? std::string("7.0") : std::to_string(id); };
  test::connection_fixture node(*this);
  node.sync();
  source.rows[1'000] = "twin";
  for (int i = 0; i < 3; ++i) {
    const auto run = node.sync();
    CHECK(run.state == run_state::succeeded);
    CHECK(run.counters.invalid == 1);
    CHECK(run.counters.deltas() == 0);
    CHECK(node.rejected().size() == 1);
  }
  source.rows.erase(1'000);
  CHECK(node.sync().counters.invalid == 0);
  CHECK(node.rejected().empty());
  CHECK(node.sync().counters.unchanged == 400);
}

TEST_CASE_FIXTURE(by_digest,
                  "a source that cannot make digests is read as a whole with a warning") {
  test::connection_fixture node(*this);
  node.sync();
  source.rows[7] = "changed";
  source.before_digests = [] {
    throw failure(errc::source_failed, "read model", "double", "no such function");
  };
  source.fetched = 0;
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.updates == 1);
  CHECK(source.fetched == 400);
  REQUIRE(run.warnings.size() == 1);
  CHECK(run.warnings[0].find("no such function") != std::string::npos);
  source.before_digests = {};
  CHECK(node.sync().counters.deltas() == 0);
  CHECK(delivered() == source.rows);
}

TEST_CASE("a crash at any step of a run by digests leaves nothing that the next one misses") {
  for (std::size_t steps = 0;; ++steps) {
    CAPTURE(steps);
    by_digest world;
    bool ended = false;
    {
      test::connection_fixture node(world);
      node.sync();
      world.source.rows[7] = "changed";
      world.source.rows[8] = "changed, too";
      world.source.rows.erase(9);
      world.source.rows[2'000] = "new";
      node.start();
      std::size_t taken = 0;
      while (taken < steps && node.step()) ++taken;
      ended = taken < steps;
    }
    // One change is taken back while the node is down.
    world.source.rows[8] = "value 8";
    test::connection_fixture node(world);
    const auto run = node.sync();
    CHECK(run.state == run_state::succeeded);
    CHECK(world.delivered() == world.source.rows);
    CHECK(node.sync().counters.deltas() == 0);
    if (ended) break;
  }
}

TEST_CASE_FIXTURE(by_digest, "a source whose hashes collide misses rows until it is read fully") {
  // The admitted price of hashes: rows of one hash are one row. A whole hash of 128 bits makes that
  // a matter of 2^-128; here it is one bit.
  source.hash = [](const std::string& row) {
    return hash128{1 + std::hash<std::string>{}(row) % 2, 0};
  };
  test::connection_fixture node(*this);
  node.sync();
  for (auto& [id, value] : source.rows) value += "!";
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.read == 400);
  CHECK(run.counters.updates + run.counters.unchanged == 400);
  // Never a wrong row: each is as it was or as it is.
  for (const auto& [id, value] : delivered())
    CHECK((value == source.rows[id] || value + "!" == source.rows[id]));
  node.sync({.full = true});
  CHECK(delivered() == source.rows);
}
