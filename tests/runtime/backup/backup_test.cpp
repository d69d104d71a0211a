// Backups of state that is in use, and what is put back from them.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "messages/batch.hpp"
#include "messages/error.hpp"
#include "messages/row.hpp"
#include "runtime/backup/ledger_copy.hpp"
#include "runtime/backup/make.hpp"
#include "runtime/backup/restore.hpp"
#include "runtime/backup/switch.hpp"
#include "runtime/catalog/catalog.hpp"
#include "runtime/ledger/ledger.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

const timestamp then{std::chrono::seconds{1'700'000'000}};

hash128 key_hash(std::uint64_t n) { return {n * 0x9e3779b97f4a7c15, n}; }

void deliver(ledger::ledger& to, std::uint64_t key, std::uint64_t value) {
  batch deltas;
  std::string packed;
  append_value(packed, value_kind::integer, std::to_string(key));
  deltas.append(operation::update, key_hash(key), {value, 1}, packed, "row");
  const std::vector<fate> delivered{fate::delivered};
  to.record_outcome(to.record_intent(deltas), delivered);
}

std::optional<std::uint64_t> value_of(ledger::ledger& in, std::uint64_t key) {
  const std::vector<hash128> wanted{key_hash(key)};
  std::vector<std::optional<ledger::known_row>> found(1);
  in.snapshot()->lookup(wanted, found);
  if (!found[0] || !found[0]->acknowledged) return std::nullopt;
  return found[0]->fingerprint.high;
}

/// A state directory with the connection `customers`.
struct state_fixture {
  test::temp_dir dir;
  fs::path state = dir.path() / "state";
  fs::path copy = dir.path() / "copy";
  connection_memory memory;

  state_fixture() {
    fs::create_directories(state / "ledger");
    catalog::catalog store(state, then);
    memory.connection = "customers";
    memory.mapping_identity = "mapping";
    store.save(memory);
    const auto real = open();
    real->begin_epoch(1);
    for (std::uint64_t key = 0; key < 300; ++key) deliver(*real, key, 1);
    real->merge({}, true);
    deliver(*real, 7, 2);
  }
  [[nodiscard]] std::shared_ptr<ledger::ledger> open() const {
    return ledger::ledger::open(state / "ledger/customers", "id");
  }
  [[nodiscard]] backup::manifest back_up(const fs::path& to) const {
    return backup::make_backup({state, to, "node", "0.1.0", then});
  }
  [[nodiscard]] backup::restored put_back(const fs::path& from, bool replace = true) const {
    return backup::restore_backup({from, state, replace, then});
  }
};

std::map<std::string, std::string> contents_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& at : fs::recursive_directory_iterator(folder))
    if (at.is_regular_file())
      files[fs::relative(at.path(), folder).string()] = backup::read_text(at.path());
  return files;
}

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777u;
}

}  // namespace

TEST_CASE_FIXTURE(state_fixture, "a backup of state in use is whole, private and verified") {
  const catalog::catalog in_use(state, then);
  const auto real = open();
  const auto made = back_up(copy);
  CHECK(made.files.size() == 4);  // the catalog; the marker, the base and the journal of the ledger
  CHECK(backup::read_manifest(copy) == made);
  backup::verify(made, copy);
  for (const auto& [path, sum] : made.files) CHECK(mode_of(copy / path) == 0600);
  CHECK(mode_of(copy) == 0700);
  CHECK(mode_of(copy / "ledger/customers") == 0700);
  deliver(*real, 7, 3);  // nothing was locked
  const auto copied = ledger::ledger::open(copy / "ledger/customers", "id");
  CHECK(value_of(*copied, 7) == 2);
  CHECK(value_of(*copied, 8) == 1);
}

TEST_CASE_FIXTURE(state_fixture, "what is put back is marked, once, and the old state is kept") {
  static_cast<void>(back_up(copy));
  deliver(*open(), 7, 3);
  const auto before = contents_of(state);
  CHECK(test::refused([&] { static_cast<void>(put_back(copy, false)); }).code == errc::usage);
  CHECK(contents_of(state) == before);

  const auto done = put_back(copy);
  REQUIRE(done.aside);
  CHECK(value_of(*open(), 7) == 2);
  CHECK(value_of(*ledger::ledger::open(*done.aside / "ledger/customers", "id"), 7) == 3);
  {
    catalog::catalog store(state, then);
    auto expected = memory;
    expected.ledger.copied_at = then;
    CHECK(store.load("customers").memory == expected);
  }
  const auto again = put_back(copy);
  REQUIRE(again.aside);
  CHECK(*again.aside != *done.aside);
  CHECK(value_of(*open(), 7) == 2);
}

TEST_CASE_FIXTURE(state_fixture, "a backup is put into a directory that is new") {
  static_cast<void>(back_up(copy));
  fs::remove_all(state);
  fs::create_directories(state / "ledger");
  const auto done = put_back(copy, false);
  CHECK_FALSE(done.aside);
  CHECK(value_of(*open(), 7) == 2);
}

TEST_CASE_FIXTURE(state_fixture, "no backup is made over something else, nor of nothing") {
  fs::create_directories(copy);
  std::ofstream(copy / "mine") << "x";
  CHECK(test::refused([&] { static_cast<void>(back_up(copy)); }).code == errc::usage);
  CHECK(contents_of(copy).size() == 1);
  const auto nothing = test::refused([&] {
    backup::make_backup({dir.path() / "no", dir.path() / "new", "node", "1", then});
  });
  CHECK(nothing.cause.find("there is no catalog") != std::string::npos);
}

TEST_CASE_FIXTURE(state_fixture, "a damaged ledger fails the backup and leaves nothing behind") {
  const auto base = state / "ledger/customers/base.1";
  auto bytes = backup::read_text(base);
  bytes[4096 + 100] ^= 1;
  std::ofstream(base, std::ios::binary) << bytes;
  const auto e = test::refused([&] { static_cast<void>(back_up(copy)); });
  CHECK(e.code == errc::ledger_corrupt);
  CHECK(e.cause.find("bad page checksum") != std::string::npos);
  CHECK(contents_of(copy).empty());
}

TEST_CASE_FIXTURE(state_fixture, "a backup that was not finished or has changed is refused whole") {
  static_cast<void>(back_up(copy));
  const auto before = contents_of(state);
  const auto whole = contents_of(copy);
  for (const auto& each : whole) {
    const auto& path = each.first;
    const auto& bytes = each.second;
    CAPTURE(path);
    const auto file = copy / path;
    fs::remove(file);
    const auto missing = test::refused([&] { static_cast<void>(put_back(copy)); });
    CHECK(bool(missing));
    CHECK(contents_of(state) == before);
    auto changed = bytes;
    changed[bytes.size() / 2] ^= 1;
    std::ofstream(file, std::ios::binary) << changed;
    CHECK(bool(test::refused([&] { static_cast<void>(put_back(copy)); })));
    CHECK(contents_of(state) == before);
    fs::resize_file(file, bytes.size() / 2);
    CHECK(bool(test::refused([&] { static_cast<void>(put_back(copy)); })));
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }
  CHECK(contents_of(state) == before);
  static_cast<void>(put_back(copy));
}

TEST_CASE_FIXTURE(state_fixture, "a catalog of a later version is refused with nothing touched") {
  static_cast<void>(back_up(copy));
  {
    catalog::database db(copy / "catalog.sqlite");
    db.execute("PRAGMA user_version = 99");
    db.query("PRAGMA journal_mode = DELETE");
  }
  auto made = backup::read_manifest(copy);
  made.files["catalog.sqlite"] = backup::digest_of(copy / "catalog.sqlite");
  backup::write_text(copy / backup::manifest_name, backup::to_text(made));
  const auto before = contents_of(state);
  const auto e = test::refused([&] { static_cast<void>(put_back(copy)); });
  CHECK(e.code == errc::catalog_failed);
  CHECK(e.hint.find("newer sluice") != std::string::npos);
  CHECK(contents_of(state) == before);
}

TEST_CASE_FIXTURE(state_fixture, "a manifest never leads out of its folder") {
  static_cast<void>(back_up(copy));
  auto made = backup::read_manifest(copy);
  made.files["../outside"] = {};
  backup::write_text(copy / backup::manifest_name, backup::to_text(made));
  CHECK(test::refused([&] { static_cast<void>(put_back(copy)); }).cause.find("damaged") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(state_fixture, "the end of a write under way is left out of a copy") {
  const auto journal = state / "ledger/customers/journal.1";
  const auto whole = backup::read_text(journal);
  const auto frame = whole.substr(64, 30);  // the beginning of a record
  std::ofstream(journal, std::ios::binary | std::ios::app) << frame;
  static_cast<void>(back_up(copy));
  CHECK(backup::read_text(copy / "ledger/customers/journal.1") == whole);
}

TEST_CASE_FIXTURE(state_fixture, "copies made during writes and merges are as far as was durable") {
  std::atomic<std::uint64_t> durable{2};
  std::atomic<bool> over{false};
  std::thread writer([&] {
    const auto real = open();
    for (std::uint64_t value = 3; !over; ++value) {
      deliver(*real, 7, value);
      durable = value;
      if (value % 5 == 0) real->merge({}, true);
    }
  });
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
  for (int i = 0; i < 100; ++i) {
    const auto before = durable.load();
    const auto to = dir.path() / ("copy" + std::to_string(i));
    REQUIRE(backup::copy_ledger(state / "ledger/customers", to).size() == 3);
    const auto value = value_of(*ledger::ledger::open(to, "id"), 7);
    REQUIRE(value);
    found.emplace_back(before, *value);
    fs::remove_all(to);
  }
  over = true;
  writer.join();
  for (const auto& [before, value] : found) CHECK(value >= before);
  CHECK(found.back().second > found.front().second);
}
