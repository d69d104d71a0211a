// Power cuts and kills: at every system call of a history that appends, spills, merges and reopens.
#include <doctest/doctest.h>
#include <errno.h>
#include <fmt/format.h>

#include "messages/error.hpp"
#include "tests/runtime/ledger/script.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;
using sluice::test::temp_dir;

namespace {

using power_cut = faulty_disk::power_cut;

struct cut {
  power_cut kind;
  std::uint64_t seed;
};
constexpr cut cuts[] = {{power_cut::forget, 0}, {power_cut::keep, 0}, {power_cut::tear, 1},
                        {power_cut::tear, 2},   {power_cut::tear, 3}, {power_cut::tear, 4}};

std::uint64_t calls_of_script() {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  const auto result = run_script(disk, scratch.path());
  REQUIRE_MESSAGE(result.finished, result.error);
  return disk.calls();
}

/// The ledger below `directory` as a new process finds it says what `result` allows, and works on.
std::string found_as_left(const std::filesystem::path& directory, const script_result& result) {
  try {
    faulty_disk disk(directory);
    const auto reopened = durable_ledger::open(disk, directory / "customers", "id", script_limits);
    return result.difference(*reopened);
  } catch (const failure& refused) {
    return refused.what();
  }
}

}  // namespace

TEST_CASE("after a crash at any system call nothing recorded is lost and nothing else appears") {
  const auto last = calls_of_script();
  for (std::uint64_t call = 1; call <= last; ++call) {
    const temp_dir scratch;
    faulty_disk disk(scratch.path());
    disk.crash_at(call);
    const auto result = run_script(disk, scratch.path());
    for (const auto& [kind, seed] : cuts) {
      const temp_dir after;
      disk.after(kind, seed * 1000 + call, after.path());
      const auto differs = found_as_left(after.path(), result);
      CHECK_MESSAGE(differs.empty(), fmt::format("call {}, power cut {}.{}: {}", call,
                                                 static_cast<int>(kind), seed, differs));
    }
  }
}

TEST_CASE("a ledger that survived a crash works on") {
  const auto last = calls_of_script();
  for (std::uint64_t call = 1; call <= last; call += 3) {
    const temp_dir scratch;
    faulty_disk disk(scratch.path());
    disk.crash_at(call);
    const auto result = run_script(disk, scratch.path());
    const temp_dir after;
    disk.after(power_cut::tear, call, after.path());
    faulty_disk survivor(after.path());
    // Which of the two states it is was checked above; here each may be.
    auto before = result.before;
    const auto first = goes_on(survivor, after.path(), before);
    if (first.empty()) continue;
    const temp_dir again;
    disk.after(power_cut::tear, call, again.path());
    faulty_disk second_survivor(again.path());
    const auto second = goes_on(second_survivor, again.path(), result.after);
    CHECK_MESSAGE(second.empty(), fmt::format("call {}: {}; {}", call, first, second));
  }
}

TEST_CASE("a crash while a torn ledger is opened loses nothing either") {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  const auto last = calls_of_script();
  disk.crash_at(last);  // within the last intent: its frame is torn
  const auto result = run_script(disk, scratch.path());
  REQUIRE_FALSE(result.finished);
  int torn = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint64_t call = 1; call <= 12; ++call) {
      const temp_dir first;
      disk.after(power_cut::tear, seed, first.path());
      faulty_disk reopening(first.path());
      reopening.crash_at(call);
      try {
        durable_ledger::open(reopening, first.path() / "customers", "id", script_limits);
      } catch (const failure&) {
        ++torn;
      }
      const temp_dir second;
      reopening.after(power_cut::tear, seed + call, second.path());
      const auto differs = found_as_left(second.path(), result);
      CHECK_MESSAGE(differs.empty(), fmt::format("seed {}, call {}: {}", seed, call, differs));
    }
  }
  CHECK(torn > 0);
}

TEST_CASE("a process that was killed loses no record that it made") {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  const auto result = run_script(disk, scratch.path());
  REQUIRE(result.finished);
  const temp_dir after;
  disk.after(power_cut::forget, 0, after.path());
  CHECK(found_as_left(after.path(), result) == "");
}

TEST_CASE("what a killed process left unsynced is made durable before more is recorded") {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  const auto directory = scratch.path() / "customers";
  std::vector<change> changes;
  for (int key = 0; key < 40; ++key) changes.push_back({key, operation::insert, 1});
  const auto deltas = batch_of(changes, hashing::uniform);
  {
    const auto killed = durable_ledger::open(disk, directory, "id", script_limits);
    disk.fail_at(disk.calls() + 2, EIO);  // written, but not synced
    CHECK_THROWS_AS(killed->record_intent(deltas), failure);
  }
  {
    const auto next = durable_ledger::open(disk, directory, "id", script_limits);
    disk.crash_at(disk.calls() + 2);  // the power goes before this one's first sync
    CHECK_THROWS_AS(next->record_intent(deltas), failure);
  }
  script_result both;
  both.before.intend(1, changes);
  both.after = both.before;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const temp_dir after;
    disk.after(power_cut::tear, seed, after.path());
    CHECK(found_as_left(after.path(), both) == "");
  }
}
