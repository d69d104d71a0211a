// Looking at a ledger: what is seen is what opening would find, and nothing on the disk changes.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "messages/error.hpp"
#include "runtime/ledger/shared_ledgers.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

using enum operation;

struct looker {
  sluice::test::temp_dir dir;
  sluice::test::temp_dir scratch;
  std::filesystem::path directory = dir.path() / "ledger" / "customers";
  shared_ledgers all{scratch.path()};

  [[nodiscard]] std::shared_ptr<ledger::ledger> open(options limits = {}) const {
    return ledger::ledger::open(directory, "id", limits);
  }
  [[nodiscard]] glimpse look(std::string_view identity = "id") const {
    return ledger::ledger::look(directory, identity, scratch.path(), {});
  }
  static std::uint64_t intend(ledger::ledger& in, const std::vector<change>& changes) {
    return in.record_intent(batch_of(changes, hashing::uniform));
  }
  static void deliver(ledger::ledger& in, const std::vector<change>& changes) {
    const std::vector<fate> fates(changes.size(), fate::delivered);
    in.record_outcome(intend(in, changes), fates);
  }
  static std::optional<known_row> row(view& from, int key) {
    const auto hash = key_hash(key, hashing::uniform);
    std::optional<known_row> found;
    from.lookup({&hash, 1}, {&found, 1});
    return found;
  }
  /// Every name under `dir` with the bytes of the file and when the name was last written.
  [[nodiscard]] std::map<std::string, std::string> disk() const {
    std::map<std::string, std::string> all_files;
    for (const auto& each : std::filesystem::recursive_directory_iterator(dir.path())) {
      auto& bytes = all_files[each.path().string()];
      bytes = std::to_string(each.last_write_time().time_since_epoch().count()) + ' ';
      if (!each.is_regular_file()) continue;
      std::ifstream in(each.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(in), {});
    }
    return all_files;
  }
};

}  // namespace

TEST_CASE_FIXTURE(looker, "no ledger looks like an empty one and none is made") {
  const auto before = disk();
  const auto seen = look();
  CHECK_FALSE(seen.restarted);
  CHECK(seen.epoch == 0);
  CHECK(seen.known->keys() == 0);
  CHECK(seen.known->unseen() == 0);
  CHECK_FALSE(row(*seen.known, 1));
  CHECK(disk() == before);
}

TEST_CASE_FIXTURE(looker, "a ledger of another identity looks empty and stays where it is") {
  deliver(*open(), {{1, insert, 1}});
  const auto before = disk();
  const auto seen = look("another");
  CHECK(seen.restarted);
  CHECK(seen.known->keys() == 0);
  CHECK(disk() == before);
  CHECK(open()->rows() == 1);
}

TEST_CASE_FIXTURE(looker, "what is seen is what opening finds and no byte of the folder changes") {
  const auto fill = [&](ledger::ledger& in) {
    in.begin_epoch(2);
    for (int key = 0; key < 100; ++key)
      deliver(in, {{key, insert, static_cast<std::uint64_t>(key) + 1}});
  };
  SUBCASE("in the journal") { fill(*open()); }
  SUBCASE("in runs") { fill(*open({.overlay_bytes = 1})); }
  SUBCASE("in a base") {
    const auto real = open();
    fill(*real);
    real->merge({}, true);
  }
  SUBCASE("in a base and the journal") {
    const auto real = open();
    fill(*real);
    real->merge({}, true);
    deliver(*real, {{7, update, 1000}, {200, insert, 1}});
  }
  const auto before = disk();
  const auto seen = look();
  CHECK(disk() == before);

  const auto real = open();
  const auto expected = real->snapshot();
  CHECK(seen.epoch == real->epoch());
  CHECK(seen.known->keys() == expected->keys());
  for (int key = 0; key <= 200; ++key) {
    CAPTURE(key);
    const auto a = row(*seen.known, key);
    const auto b = row(*expected, key);
    REQUIRE(a.has_value() == b.has_value());
    if (!a) continue;
    CHECK(a->fingerprint == b->fingerprint);
    CHECK(a->epoch == b->epoch);
    CHECK(a->acknowledged == b->acknowledged);
    CHECK(a->in_doubt == b->in_doubt);
  }
}

TEST_CASE_FIXTURE(looker,
                  "intents without an outcome look in doubt and are not settled by looking") {
  intend(*open(), {{1, insert, 1}});
  const auto before = disk();
  for (int i = 0; i < 2; ++i) {
    const auto seen = look();
    REQUIRE(row(*seen.known, 1));
    CHECK(row(*seen.known, 1)->in_doubt);
    CHECK_FALSE(row(*seen.known, 1)->acknowledged);
  }
  CHECK(disk() == before);
  CHECK(row(*open()->snapshot(), 1)->in_doubt);
}

TEST_CASE_FIXTURE(looker, "a torn tail is left out of what is seen and left on the disk") {
  deliver(*open(), {{1, insert, 1}});
  const auto whole = std::filesystem::file_size(directory / "journal.0");
  deliver(*open(), {{2, insert, 2}});
  std::filesystem::resize_file(directory / "journal.0", whole + 40);
  const auto before = disk();
  const auto seen = look();
  CHECK(row(*seen.known, 1));
  CHECK_FALSE(row(*seen.known, 2));
  CHECK(disk() == before);
}

TEST_CASE_FIXTURE(looker, "damage is refused in looking as in opening") {
  deliver(*open(), {{1, insert, 1}});
  std::filesystem::remove(directory / "journal.0");
  try {
    static_cast<void>(look());
    FAIL("damage was not noticed");
  } catch (const failure& f) {
    CHECK(f.info().code == errc::ledger_corrupt);
  }
}

TEST_CASE_FIXTURE(looker, "somebody who looks can be interrupted") {
  deliver(*open(), {{1, insert, 1}});
  std::stop_source stop;
  stop.request_stop();
  try {
    static_cast<void>(ledger::ledger::look(directory, "id", scratch.path(), stop.get_token()));
    FAIL("went on");
  } catch (const failure& f) {
    CHECK(f.info().code == errc::cancelled);
  }
}

TEST_CASE_FIXTURE(looker, "while a run has the ledger open its records are seen as they are now") {
  const auto real = all.open(directory, "id");
  deliver(*real, {{1, insert, 1}});
  intend(*real, {{2, insert, 2}});
  const auto before = disk();
  const auto seen = all.look(directory, "id", {});
  CHECK(disk() == before);
  CHECK(row(*seen.known, 1)->acknowledged);
  CHECK(row(*seen.known, 2)->in_doubt);
  const auto other = all.look(directory, "another", {});
  CHECK(other.restarted);
  CHECK(other.known->keys() == 0);
}

TEST_CASE_FIXTURE(looker, "a view does not keep a ledger open that its run has closed") {
  auto real = all.open(directory, "id");
  deliver(*real, {{1, insert, 1}});
  const auto of_run = all.look(directory, "id", {});
  real.reset();
  const auto of_files = all.look(directory, "id", {});
  real = all.open(directory, "id");
  deliver(*real, {{1, update, 2}, {2, insert, 2}});
  real->merge({}, true);
  for (const auto* seen : {&of_run, &of_files}) {
    CHECK(row(*seen->known, 1)->fingerprint == fingerprint(1));
    CHECK_FALSE(row(*seen->known, 2));
  }
  real.reset();
  all.set_aside(directory);
  CHECK(row(*of_files.known, 1)->acknowledged);
  CHECK(all.look(directory, "id", {}).known->keys() == 0);
}
