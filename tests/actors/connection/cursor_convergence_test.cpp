// The convergence test of runs by cursor, over a real SQLite source. Whatever happens before a sync
// that completes, it leaves every row of the source in the destination with its latest value, but
// for those that are listed as rejected; and a second one right after it delivers nothing else.
// Seeds are fixed and many; SLUICE_SEED runs one alone.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <set>

#include "tests/actors/connection/cursor_world.hpp"

using namespace sluice;

namespace {

constexpr long overlap_seconds = 300;

class random_cursor_world {
 public:
  explicit random_cursor_world(std::uint32_t seed) : random_(seed), faults_(seed) {
    world_.config.delivery.writers = 1 + below(3);
    world_.config.delivery.batch_rows = 1 + below(5);
    world_.config.delivery.window = 1 + below(3);
    world_.config.retry_rejected = chance(70);
    if (chance(50)) world_.cursor->overlap = std::chrono::seconds(overlap_seconds);
    world_.config.source.cursor = world_.cursor;
    for (long id = 0; id < 30; ++id) world_.put(id, "a", now_);
    world_.destination.decide = [this](std::uint32_t) {
      using kind = test::destination_double::verdict::kind;
      if (faults_() % 100 >= failing_percent_)
        return test::destination_double::verdict{kind::apply};
      return test::destination_double::verdict{static_cast<kind>(faults_() % 5)};
    };
    restart();
  }

  void anything() {
    switch (below(9)) {
      case 0:
      case 1:
      case 2:
        change_source();
        break;
      case 3:
        interrupted_sync(true);
        break;
      case 4:
        interrupted_sync(false);
        break;
      case 5:
        faulty_sync();
        break;
      case 6:
        crash_in_sync();
        break;
      case 7:
        change_configuration();
        break;
      default:
        good_sync();
    }
  }

  /// Syncs without faults, compares, and syncs again.
  void good_sync() {
    failing_percent_ = 0;
    if (chance(50)) world_.destination.rejects.clear();
    const auto run = sync({.full = chance(10)});
    REQUIRE(run.state == run_state::succeeded);
    expect_converged();
    const auto deliveries = world_.destination.deliveries();
    const auto again = sync({});
    REQUIRE(again.state == run_state::succeeded);
    CHECK(world_.destination.deliveries() == deliveries);
    CHECK(again.counters.deltas() == again.counters.rejected);
    if (world_.config.source.cursor) CHECK(again.counters.read <= readable_by_cursor());
    expect_converged();
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] bool overlaps() const { return world_.cursor->overlap.count() > 0; }

  void restart() {
    node_.reset();
    node_ = std::make_unique<test::connection_fixture>(world_);
  }

  run_record sync(const start_options& options) {
    const auto run = node_->sync(options);
    check(run);
    return run;
  }

  void change_source() {
    for (auto n = 1 + below(10); n > 0; --n) {
      const long id = below(40);
      if (chance(40)) ++now_;  // otherwise another row has the same cursor
      // Few values, so that changing back is common.
      const std::string value(1, static_cast<char>('a' + below(3)));
      if (chance(15)) {
        world_.remove(id);
      } else if (chance(10)) {
        world_.put(id, value, std::nullopt);
      } else if (overlaps() && chance(30)) {
        world_.put(id, value, now_ - below(overlap_seconds));  // committed late
      } else {
        world_.put(id, value, now_);
      }
      if (chance(10)) world_.destination.rejects[world_.packed_id(below(40))] = "told to";
    }
  }

  /// Snapshot or cursor, filtered or not: nothing of it takes a full run.
  void change_configuration() {
    auto& source = world_.config.source;
    if (chance(50)) source.cursor = source.cursor ? std::nullopt : world_.cursor;
    if (chance(50)) source.where = source.where ? std::nullopt : std::optional("id % 3 <> 0");
    restart();
  }

  std::optional<run_record> begin_something() {
    auto begun = node_->start({.full = chance(10)});
    if (begun.failed) return std::nullopt;
    for (auto n = below(120); n > 0 && node_->step(); --n) {
    }
    return begun.get();
  }

  void interrupted_sync(bool faults) {
    failing_percent_ = faults ? 10 : 0;
    const auto run = begin_something();
    if (!run) return;
    if (chance(30)) change_source();
    node_->stop(chance(30));
    node_->run();
    finish(*run);
  }

  void faulty_sync() {
    failing_percent_ = 20;
    const auto run = node_->start({.full = chance(10)}).get();
    node_->run();
    finish(run);
  }

  void crash_in_sync() {
    failing_percent_ = 10;
    begin_something();
    restart();
  }

  void finish(const run_record& begun) {
    check(node_->ask<run_record>(node_->supervisor, command::await{"customers", begun.run}).get());
  }

  static void check(const run_record& run) {
    REQUIRE(has_ended(run.state));
    const auto& c = run.counters;
    CHECK(c.read == c.unchanged + c.invalid + c.inserts + c.updates);
    CHECK(c.deltas() == c.delivered + c.rejected + c.undelivered);
    CHECK(c.delivered_as.total() == c.delivered);
  }

  [[nodiscard]] std::string filter() const { return world_.config.source.where.value_or("1 = 1"); }

  /// How many rows a run by cursor may read now.
  std::uint64_t readable_by_cursor() {
    const auto seconds = std::to_string(world_.cursor->overlap.count() / 1000);
    const auto rows =
        world_.rows(filter() + " AND (at IS NULL OR at >= (SELECT datetime(max(at), '-" + seconds +
                    " seconds') FROM t WHERE " + filter() + "))");
    return rows.size() + node_->rejected().size();
  }

  void expect_converged() {
    std::set<std::string> listed;
    for (const auto& row : node_->rejected()) listed.insert(row.packed_key);
    const auto there = world_.delivered();
    for (const auto& [id, value] : world_.rows(filter())) {
      CAPTURE(id);
      if (listed.count(world_.packed_id(id)) != 0) continue;
      const auto found = there.find(id);
      REQUIRE(found != there.end());
      REQUIRE(found->second == value);
    }
    if (!world_.config.retry_rejected) return;
    // Only what there is a reason for may be missing.
    for (const auto& [id, value] : world_.rows(filter() + " AND at IS NOT NULL")) {
      CAPTURE(id);
      const auto key = world_.packed_id(id);
      if (listed.count(key) != 0) CHECK(world_.destination.rejects.count(key) != 0);
    }
  }

  std::mt19937 random_;
  test::cursor_world world_;
  std::mt19937 faults_;  ///< of the destination
  unsigned failing_percent_ = 0;
  std::unique_ptr<test::connection_fixture> node_;
  long now_ = 1000;
};

void run_seed(std::uint32_t seed) {
  CAPTURE(seed);
  random_cursor_world world(seed);
  for (int i = 0; i < 12; ++i) world.anything();
  world.good_sync();
}

}  // namespace

TEST_CASE(
    "a sync by cursor that completes loses nothing and repeats nothing whatever came before") {
  if (const auto* only = std::getenv("SLUICE_SEED"))
    return run_seed(static_cast<std::uint32_t>(std::stoul(only)));
  for (std::uint32_t seed = 1; seed <= 100; ++seed) run_seed(seed);
}
