// What the contract in ledger.hpp promises, claim by claim, on the real disk.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "messages/error.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/runtime/ledger/unsynced_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

struct durable_fixture {
  sluice::test::temp_dir scratch;
  unsynced_disk disk;
  std::filesystem::path directory = scratch.path() / "state" / "ledger" / "customers";
  std::shared_ptr<ledger::ledger> real = open();

  std::shared_ptr<ledger::ledger> open(std::string_view identity = "id", options limits = {}) {
    return durable_ledger::open(disk, directory, identity, limits);
  }
  void reopen() {
    real.reset();
    real = open();
  }
  std::uint64_t intend(const std::vector<change>& changes) const {
    return real->record_intent(batch_of(changes, hashing::uniform));
  }
  void settle(std::uint64_t intent, const std::vector<fate>& fates) const {
    real->record_outcome(intent, fates);
  }
  void deliver(const std::vector<change>& changes) const {
    settle(intend(changes), std::vector<fate>(changes.size(), fate::delivered));
  }
  [[nodiscard]] std::optional<known_row> row(int key) const { return row(*real->snapshot(), key); }
  static std::optional<known_row> row(view& from, int key) {
    const auto hash = key_hash(key, hashing::uniform);
    std::optional<known_row> found;
    from.lookup({&hash, 1}, {&found, 1});
    return found;
  }
};

using enum operation;

}  // namespace

TEST_CASE_FIXTURE(durable_fixture, "an empty ledger knows nothing") {
  CHECK(real->rows() == 0);
  CHECK(real->epoch() == 0);
  CHECK_FALSE(real->restarted());
  const auto seen = real->snapshot();
  CHECK(seen->keys() == 0);
  CHECK(seen->unseen() == 0);
  CHECK_FALSE(row(*seen, 1));
  int visits = 0;
  seen->for_each_unseen([&](auto&, auto) { return ++visits > 0; });
  CHECK(visits == 0);
}

TEST_CASE_FIXTURE(durable_fixture,
                  "a key is in doubt from its intent on and acknowledged once delivered") {
  real->begin_epoch(3);
  const auto intent = intend({{1, insert, 11}});
  REQUIRE(row(1));
  CHECK(row(1)->in_doubt);
  CHECK_FALSE(row(1)->acknowledged);
  CHECK(real->rows() == 0);
  settle(intent, {fate::delivered});
  CHECK_FALSE(row(1)->in_doubt);
  CHECK(row(1)->acknowledged);
  CHECK(row(1)->fingerprint == fingerprint(11));
  CHECK(row(1)->epoch == 3);
  CHECK(real->rows() == 1);
}

TEST_CASE_FIXTURE(durable_fixture, "a rejected or undelivered delta leaves its key as it was") {
  deliver({{1, insert, 11}, {2, insert, 12}});
  settle(intend({{1, update, 21}, {2, erase, 0}, {3, insert, 23}, {4, insert, 24}}),
         {fate::rejected, fate::undelivered, fate::rejected, fate::undelivered});
  CHECK(row(1)->fingerprint == fingerprint(11));
  CHECK_FALSE(row(1)->in_doubt);
  CHECK(row(2)->acknowledged);
  CHECK_FALSE(row(3));
  CHECK_FALSE(row(4));
  CHECK(real->rows() == 2);
}

TEST_CASE_FIXTURE(durable_fixture, "a rejected delta keeps the doubt that was there before") {
  deliver({{1, insert, 11}});
  settle(intend({{1, update, 21}, {2, insert, 22}}), {fate::unknown, fate::unknown});
  settle(intend({{1, update, 31}, {2, insert, 32}}), {fate::rejected, fate::undelivered});
  CHECK(row(1)->in_doubt);
  CHECK(row(1)->fingerprint == fingerprint(11));
  CHECK(row(2)->in_doubt);
  CHECK_FALSE(row(2)->acknowledged);
}

TEST_CASE_FIXTURE(durable_fixture, "a delivery ends all doubt about its key") {
  settle(intend({{1, insert, 1}, {2, insert, 2}}), {fate::unknown, fate::unknown});
  settle(intend({{1, update, 3}, {2, erase, 0}}), {fate::delivered, fate::delivered});
  CHECK_FALSE(row(1)->in_doubt);
  CHECK(row(1)->fingerprint == fingerprint(3));
  CHECK_FALSE(row(2));
}

TEST_CASE_FIXTURE(durable_fixture,
                  "an intent without an outcome is in doubt after a restart for good") {
  deliver({{1, insert, 11}});
  intend({{1, update, 12}, {2, insert, 22}});
  reopen();
  CHECK(row(1)->in_doubt);
  CHECK(row(1)->fingerprint == fingerprint(11));
  CHECK(row(2)->in_doubt);
  settle(intend({{1, update, 13}}), {fate::delivered});
  reopen();
  CHECK_FALSE(row(1)->in_doubt);
  CHECK(row(2)->in_doubt);
  reopen();
  CHECK_FALSE(row(1)->in_doubt);
}

TEST_CASE_FIXTURE(durable_fixture,
                  "a key in doubt that was never acknowledged is found among the unseen") {
  settle(intend({{5, insert, 1}}), {fate::unknown});
  real->merge({}, true);
  const auto seen = real->snapshot();
  CHECK(seen->keys() == 1);
  CHECK(seen->unseen() == 1);
  std::vector<std::string> visited;
  seen->for_each_unseen([&](const hash128& hash, std::string_view key) {
    CHECK(hash == key_hash(5, hashing::uniform));
    visited.emplace_back(key);
    return true;
  });
  CHECK(visited == std::vector{packed_key(5)});
  CHECK(real->rows() == 0);
}

TEST_CASE_FIXTURE(durable_fixture, "a second epoch tells what was acknowledged in the first") {
  real->begin_epoch(1);
  deliver({{1, insert, 1}, {2, insert, 2}});
  real->begin_epoch(2);
  deliver({{2, update, 2}});
  real->merge({}, true);
  reopen();
  CHECK(real->epoch() == 2);
  CHECK(row(1)->epoch == 1);
  CHECK(row(2)->epoch == 2);
  CHECK_THROWS_AS(real->begin_epoch(2), failure);
}

TEST_CASE_FIXTURE(durable_fixture, "a view stays as it is while writers record") {
  deliver({{1, insert, 1}, {2, insert, 2}});
  const auto open = intend({{3, insert, 3}});
  const auto seen = real->snapshot();
  settle(open, {fate::delivered});
  deliver({{1, erase, 0}, {2, update, 22}, {4, insert, 4}});
  CHECK(seen->keys() == 3);
  CHECK(row(*seen, 1)->acknowledged);
  CHECK(row(*seen, 2)->fingerprint == fingerprint(2));
  CHECK(row(*seen, 3)->in_doubt);
  CHECK_FALSE(row(*seen, 4));
}

TEST_CASE_FIXTURE(durable_fixture, "a view outlives its ledger and a merge") {
  deliver({{1, insert, 1}});
  const auto seen = real->snapshot();
  real->merge({}, true);
  real.reset();
  CHECK(row(*seen, 1)->acknowledged);
}

TEST_CASE_FIXTURE(durable_fixture, "the second sight of a key is a duplicate") {
  deliver({{1, insert, 1}, {2, insert, 2}});
  const auto seen = real->snapshot();
  CHECK(seen->mark_seen(row(*seen, 1)->ordinal));
  CHECK_FALSE(seen->mark_seen(row(*seen, 1)->ordinal));
  CHECK(seen->mark_seen(row(*seen, 2)->ordinal));
  CHECK(seen->unseen() == 0);
}

TEST_CASE("a key counts once however many layers hold it") {
  durable_fixture f;
  f.real.reset();
  f.real = f.open("id", {.overlay_bytes = 1});  // spills at every turn
  model expected;
  const auto record = [&](int first, int count, operation op, fate what) {
    std::vector<change> changes;
    for (int key = first; key < first + count; ++key) changes.push_back({key, op, 1});
    const auto intent = f.intend(changes);
    expected.intend(intent, changes);
    const std::vector<fate> fates(changes.size(), what);
    f.settle(intent, fates);
    expected.settle(intent, fates);
  };
  record(0, 300, insert, fate::delivered);
  f.real->merge({}, true);
  for (int i = 0; i < 20; ++i) {
    record(i * 10, 40, update, fate::delivered);  // in the base, in several runs, in the overlay
    record(i * 15, 20, erase, fate::delivered);
    record(i * 7 + 200, 30, insert, i % 2 == 0 ? fate::unknown : fate::rejected);
    CHECK(expected.difference(*f.real, 400) == "");
  }
}

TEST_CASE_FIXTURE(durable_fixture, "the walk over unseen keys ends when its visitor says so") {
  std::vector<change> changes;
  for (int key = 0; key < 500; ++key) changes.push_back({key, insert, 1});
  deliver(changes);
  int visits = 0;
  real->snapshot()->for_each_unseen([&](auto&, auto) { return ++visits < 3; });
  CHECK(visits == 3);
}

TEST_CASE_FIXTURE(durable_fixture, "a lookup of more keys than a block finds each of them") {
  std::vector<change> changes;
  for (int key = 0; key < 3000; ++key) changes.push_back({key, insert, static_cast<unsigned>(key)});
  deliver(changes);
  real->merge({}, true);
  std::vector<hash128> hashes;
  for (int key = 0; key < 6000; ++key) hashes.push_back(key_hash(key / 2 * 2, hashing::uniform));
  std::vector<std::optional<known_row>> found(hashes.size());
  real->snapshot()->lookup(hashes, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(found[i].has_value() == (i / 2 * 2 < 3000));
    if (found[i]) REQUIRE(found[i]->fingerprint == fingerprint(i / 2 * 2));
  }
}

TEST_CASE_FIXTURE(durable_fixture, "another identity sets the old ledger aside and begins anew") {
  deliver({{1, insert, 1}});
  real.reset();
  real = open("another");
  CHECK(real->restarted());
  CHECK(real->rows() == 0);
  CHECK_FALSE(row(1));
  deliver({{2, insert, 2}});
  real.reset();
  real = open("another");
  CHECK_FALSE(real->restarted());
  CHECK(row(2)->acknowledged);
  const auto aside = directory.parent_path() / ".customers.old";
  CHECK(std::filesystem::exists(aside / "journal.0"));
  // Back again: one is kept, and it is the latest.
  real.reset();
  real = open("id");
  CHECK(real->restarted());
  CHECK(real->rows() == 0);
  real.reset();
  const auto kept = durable_ledger::open(disk, aside, "another", {});
  CHECK(kept->rows() == 1);
}

TEST_CASE_FIXTURE(durable_fixture, "a ledger that is open is refused to a second user") {
  try {
    open();
    FAIL("not refused");
  } catch (const failure& refused) {
    CHECK(refused.info().code == errc::state_locked);
  }
  deliver({{1, insert, 1}});
  real->merge({}, true);
  CHECK_THROWS_AS(open(), failure);
}

TEST_CASE_FIXTURE(durable_fixture, "a wrong outcome is refused and changes nothing") {
  const auto intent = intend({{1, insert, 1}});
  CHECK_THROWS_AS(settle(intent, {fate::delivered, fate::delivered}), failure);
  CHECK_THROWS_AS(settle(intent + 1, {fate::delivered}), failure);
  CHECK_THROWS_AS(real->merge({}, true), failure);
  settle(intent, {fate::delivered});
  CHECK_THROWS_AS(settle(intent, {fate::delivered}), failure);
  CHECK(real->rows() == 1);
}

TEST_CASE_FIXTURE(durable_fixture, "a key that comes twice in one batch does no harm") {
  settle(intend({{1, insert, 1}, {2, insert, 2}, {1, update, 3}}),
         {fate::delivered, fate::delivered, fate::delivered});
  intend({{3, insert, 1}, {3, update, 2}});
  reopen();
  CHECK(row(1)->fingerprint == fingerprint(3));
  CHECK_FALSE(row(1)->in_doubt);
  CHECK(row(3)->in_doubt);
  CHECK(real->rows() == 2);
  CHECK(real->snapshot()->keys() == 3);
}

TEST_CASE_FIXTURE(durable_fixture, "a merge waits until the journal is worth it") {
  deliver({{1, insert, 1}});
  real->merge({});
  CHECK(std::filesystem::exists(directory / "journal.0"));
  std::vector<change> changes;
  for (int key = 0; key < 6000; ++key) changes.push_back({key, insert, 1});
  deliver(changes);
  real->merge({});
  CHECK(std::filesystem::exists(directory / "journal.1"));
  CHECK(std::filesystem::exists(directory / "base.1"));
  CHECK_FALSE(std::filesystem::exists(directory / "journal.0"));
  CHECK(real->rows() == 6000);
}

TEST_CASE_FIXTURE(durable_fixture, "a merge that is stopped changes nothing") {
  deliver({{1, insert, 1}});
  std::stop_source stop;
  stop.request_stop();
  real->merge(stop.get_token(), true);
  CHECK(std::filesystem::exists(directory / "journal.0"));
  CHECK_FALSE(std::filesystem::exists(directory / "base.1"));
  CHECK(row(1)->acknowledged);
  reopen();
  CHECK(row(1)->acknowledged);
}

TEST_CASE_FIXTURE(durable_fixture,
                  "opening can be interrupted, and leaves what was delivered or in doubt") {
  deliver({{1, insert, 1}});
  intend({{2, insert, 2}});
  real.reset();
  std::stop_source stop;
  stop.request_stop();
  try {
    static_cast<void>(durable_ledger::open(disk, directory, "id", {}, stop.get_token()));
    FAIL("went on");
  } catch (const failure& f) {
    CHECK(f.info().code == errc::cancelled);
  }
  real = open();
  CHECK(row(1)->acknowledged);
  CHECK(row(2)->in_doubt);
}

TEST_CASE_FIXTURE(durable_fixture,
                  "a ledger whose keys were all deleted is empty also after a merge") {
  deliver({{1, insert, 1}, {2, insert, 2}});
  real->merge({}, true);
  deliver({{1, erase, 0}, {2, erase, 0}});
  real->merge({}, true);
  reopen();
  CHECK(real->rows() == 0);
  CHECK(real->snapshot()->keys() == 0);
  deliver({{1, insert, 3}});
  CHECK(row(1)->fingerprint == fingerprint(3));
}

TEST_CASE_FIXTURE(durable_fixture,
                  "leftovers of a merge go when the ledger is opened and other files stay") {
  deliver({{1, insert, 1}});
  real.reset();
  for (const auto* name : {"base.7", "journal.3", "current.tmp", "run.tmp.abc", "notes.txt"})
    std::filesystem::copy_file(directory / "current", directory / name);
  real = open();
  for (const auto* name : {"base.7", "journal.3", "current.tmp", "run.tmp.abc"})
    CHECK_FALSE_MESSAGE(std::filesystem::exists(directory / name), name);
  CHECK(std::filesystem::exists(directory / "notes.txt"));
}

TEST_CASE("a folder that cannot be made is an error with its path") {
  const sluice::test::temp_dir scratch;
  std::filesystem::copy_file("/proc/self/status", scratch.path() / "file");
  try {
    ledger::ledger::open(scratch.path() / "file" / "customers", "id");
    FAIL("not refused");
  } catch (const failure& refused) {
    CHECK(refused.info().code == errc::ledger_failed);
    CHECK(refused.info().object.find("file") != std::string::npos);
  }
}

TEST_CASE("writers that record at once lose nothing") {
  const sluice::test::temp_dir scratch;
  unsynced_disk disk;
  constexpr int writers = 4;
  constexpr int batches = 60;
  constexpr int rows = 20;
  auto real =
      durable_ledger::open(disk, scratch.path() / "customers", "id", {.overlay_bytes = 200 * 90});
  std::atomic<bool> done = false;
  std::jthread observer([&] {
    while (!done) {
      const auto seen = real->snapshot();
      CHECK(seen->keys() >= seen->unseen());
      CHECK(real->rows() <= writers * batches * rows);
    }
  });
  {
    std::vector<std::jthread> threads;
    for (int w = 0; w < writers; ++w)
      threads.emplace_back([&, w] {
        for (int b = 0; b < batches; ++b) {
          std::vector<change> changes;
          for (int r = 0; r < rows; ++r)
            changes.push_back({(w * batches + b) * rows + r, insert, static_cast<unsigned>(b)});
          const auto intent = real->record_intent(batch_of(changes, hashing::uniform));
          real->record_outcome(intent, std::vector<fate>(rows, fate::delivered));
        }
      });
  }
  done = true;
  observer.join();
  CHECK(real->rows() == writers * batches * rows);
  real.reset();
  real = durable_ledger::open(disk, scratch.path() / "customers", "id", {});
  CHECK(real->rows() == writers * batches * rows);
  CHECK(real->snapshot()->keys() == writers * batches * rows);
}
