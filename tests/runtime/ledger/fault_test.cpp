// System calls that fail while the process lives on: full disks, bad disks, short and interrupted
// writes.
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

TEST_CASE("a full or failing disk at any system call is reported and loses nothing") {
  std::uint64_t last = 0;
  {
    const temp_dir scratch;
    faulty_disk disk(scratch.path());
    REQUIRE(run_script(disk, scratch.path()).finished);
    last = disk.calls();
  }
  for (const int error : {ENOSPC, EIO}) {
    int reported = 0;
    for (std::uint64_t call = 1; call <= last; ++call) {
      const temp_dir scratch;
      faulty_disk disk(scratch.path());
      disk.fail_at(call, error);
      const auto result = run_script(disk, scratch.path());
      // What may fail unnoticed is the removal of files that nobody needs.
      if (!result.finished) {
        ++reported;
        CHECK_MESSAGE(result.code == errc::ledger_failed, result.error);
        const auto cause = std::generic_category().message(error);
        CHECK_MESSAGE(result.error.find(cause) != std::string::npos, result.error);
      }
      faulty_disk healed(scratch.path());
      const auto reopened =
          durable_ledger::open(healed, scratch.path() / "customers", "id", script_limits);
      const auto differs = result.difference(*reopened);
      CHECK_MESSAGE(differs.empty(),
                    fmt::format("call {} failing with {}: {}", call, error, differs));
    }
    CHECK(reported > static_cast<int>(last * 3 / 4));
  }
}

TEST_CASE("interrupted and short writes go on where they ended") {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  disk.write_in_pieces(97);
  const auto result = run_script(disk, scratch.path());
  CHECK_MESSAGE(result.finished, result.error);
}

TEST_CASE("a failed sync is not tried again and ends all recording") {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  auto real = durable_ledger::open(disk, scratch.path() / "customers", "id", {});
  model expected;
  const std::vector<change> first = {{1, operation::insert, 7}};
  const auto intent = real->record_intent(batch_of(first, hashing::uniform));
  expected.intend(intent, first);

  disk.fail_at(disk.calls() + 2, EIO);  // the write succeeds and its sync does not
  const auto syncs = disk.data_syncs();
  const std::vector<fate> delivered = {fate::delivered};
  CHECK_THROWS_AS(real->record_outcome(intent, delivered), failure);
  const auto calls = disk.calls();
  CHECK_THROWS_AS(real->record_outcome(intent, delivered), failure);
  CHECK_THROWS_AS(real->record_intent(batch_of({{2, operation::insert, 7}}, hashing::uniform)),
                  failure);
  CHECK_THROWS_AS(real->begin_epoch(3), failure);
  CHECK_THROWS_AS(real->merge({}, true), failure);
  CHECK_THROWS_AS(real->snapshot(), failure);
  CHECK(disk.calls() == calls);
  CHECK(disk.data_syncs() == syncs);

  // The kernel dropped the page, then the power went: the outcome is lost, the intent is not.
  real.reset();
  const temp_dir after;
  disk.after(faulty_disk::power_cut::forget, 0, after.path());
  faulty_disk healed(after.path());
  const auto reopened = durable_ledger::open(healed, after.path() / "customers", "id", {});
  expected.restart();
  CHECK(expected.difference(*reopened, 5) == "");
}

TEST_CASE("a ledger that was not made in one go is durable once it is opened again") {
  const std::vector<change> first = {{1, operation::insert, 7}};
  const std::vector<fate> delivered = {fate::delivered};
  for (std::uint64_t call = 1, failed = 1; failed > 0; ++call) {
    const temp_dir scratch;
    faulty_disk disk(scratch.path());
    const auto open = [&] {
      return durable_ledger::open(disk, scratch.path() / "customers", "id", {});
    };
    disk.fail_at(call, EIO);
    failed = 0;
    try {
      open();
    } catch (const failure&) {
      failed = 1;
    }
    disk.fail_at(0, 0);
    model expected;
    const auto real = open();
    const auto intent = real->record_intent(batch_of(first, hashing::uniform));
    expected.intend(intent, first);
    real->record_outcome(intent, delivered);
    expected.settle(intent, delivered);

    const temp_dir after;
    disk.after(faulty_disk::power_cut::forget, 0, after.path());
    faulty_disk healed(after.path());
    const auto reopened = durable_ledger::open(healed, after.path() / "customers", "id", {});
    const auto differs = expected.difference(*reopened, 5);
    CHECK_MESSAGE(differs.empty(), fmt::format("call {} failing: {}", call, differs));
  }
}

TEST_CASE("a merge that finds no room leaves the ledger as it was and recording goes on") {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  auto real = durable_ledger::open(disk, scratch.path() / "customers", "id", {});
  model expected;
  std::vector<change> changes;
  for (int key = 0; key < 200; ++key) changes.push_back({key, operation::insert, 1});
  const auto record = [&] {
    const auto intent = real->record_intent(batch_of(changes, hashing::uniform));
    expected.intend(intent, changes);
    const std::vector<fate> delivered(changes.size(), fate::delivered);
    real->record_outcome(intent, delivered);
    expected.settle(intent, delivered);
  };
  record();
  real->merge({}, true);
  changes.resize(50);
  // Through the spill, the pages of the new base, its sync and the new journal.
  for (std::uint64_t call = 1; call <= 16; ++call) {
    record();
    disk.fail_at(disk.calls() + call, ENOSPC);
    CHECK_THROWS_AS(real->merge({}, true), failure);
    CHECK(expected.difference(*real, 200) == "");
  }
  record();
  real->merge({}, true);
  real.reset();
  real = durable_ledger::open(disk, scratch.path() / "customers", "id", {});
  CHECK(expected.difference(*real, 200) == "");
}

TEST_CASE("the folder of all ledgers has a durable name before one in it counts") {
  const temp_dir scratch;
  faulty_disk disk(scratch.path());
  const auto all = scratch.path() / "ledger";
  const auto open = [&] { return durable_ledger::open(disk, all / "customers", "id", {}); };
  SUBCASE("also where whoever made it failed to make it so") {
    disk.fail_at(disk.calls() + 2, EIO);
    CHECK_THROWS_AS(open(), failure);
    REQUIRE(std::filesystem::is_directory(all));
  }
  SUBCASE("also where whoever made it died before") { disk.make_directory(all.c_str(), 0700); }
  SUBCASE("and where nobody did anything yet"){} {
    const auto real = open();
    const auto intent =
        real->record_intent(batch_of({{1, operation::insert, 7}}, hashing::uniform));
    real->record_outcome(intent, std::vector{fate::delivered});
  }
  const temp_dir after;
  disk.after(faulty_disk::power_cut::forget, 0, after.path());
  REQUIRE(std::filesystem::is_directory(after.path() / "ledger" / "customers"));
  CHECK(durable_ledger::open(system_calls::real(), after.path() / "ledger" / "customers", "id", {})
            ->rows() == 1);
}
