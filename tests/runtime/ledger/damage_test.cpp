// Damaged, shortened, missing and exchanged files: refused with the file and what to do, or
// harmless.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <iterator>

#include "messages/error.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "runtime/ledger/generation_format.hpp"
#include "runtime/ledger/marker.hpp"
#include "tests/runtime/ledger/file_bytes.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/runtime/ledger/unsynced_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

constexpr int damaged_keys = 130;

/// Overwrites in place: some file systems flush a file that was emptied first, which takes its
/// time.
void write(const std::filesystem::path& path, std::string_view bytes) {
  std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
  REQUIRE(out.write(bytes.data(), std::ssize(bytes)).flush());
  std::filesystem::resize_file(path, bytes.size());
}

void flip(const std::filesystem::path& path, std::size_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = file.get() ^ (1 << (at * 5 % 8));
  file.seekp(static_cast<std::streamoff>(at));
  REQUIRE(file.put(static_cast<char>(byte)).flush());
}

/// A ledger of two pages and some records since; what it says, and what it said after each record.
struct small_ledger {
  struct milestone {
    std::uint64_t journal_bytes;
    model known;
  };

  sluice::test::temp_dir scratch;
  unsynced_disk disk;
  std::filesystem::path directory = scratch.path() / "customers";
  std::filesystem::path base = directory / "base.1";
  std::filesystem::path journal = directory / "journal.1";
  std::filesystem::path current = directory / "current";
  std::vector<milestone> milestones;
  model known;

  small_ledger() {
    const auto real = open();
    record(*real, 0, 100, operation::insert, fate::delivered);
    record(*real, 40, 5, operation::insert, fate::unknown);
    real->merge({}, true);
    note();
    record(*real, 20, 4, operation::update, fate::delivered);
    record(*real, 110, 9, operation::insert, fate::unknown);
    real->begin_epoch(4);
    known.begin_epoch(4);
    note();
    record(*real, 50, 7, operation::erase, fate::delivered);
    // The last record is an intent: to lose it would be to forget a doubt.
    const std::vector<change> last = {{60, operation::update, 9}, {125, operation::insert, 9}};
    known.intend(real->record_intent(batch_of(last, hashing::uniform)), last);
    known.restart();
    note();
  }

  [[nodiscard]] std::shared_ptr<ledger::ledger> open() {
    return durable_ledger::open(disk, directory, "id", {});
  }

  /// What the error says if the ledger is refused; else how it differs from `expected`, which must
  /// be nothing.
  std::string refusal(const model& expected) {
    try {
      const auto real = open();
      const auto differs = expected.difference(*real, damaged_keys);
      CHECK_MESSAGE(differs.empty(), "not refused, but wrong: " << differs);
      return {};
    } catch (const failure& refused) {
      CHECK_MESSAGE(refused.info().code == errc::ledger_corrupt, refused.what());
      CHECK(refused.info().hint.find("remove it") != std::string::npos);
      CHECK(refused.info().cause.find(" at offset ") != std::string::npos);
      return refused.info().object;
    }
  }

 private:
  void note() {
    milestones.push_back({std::filesystem::file_size(journal), known});
    milestones.back().known.restart();
  }
  void record(ledger::ledger& real, int first, int count, operation op, fate fate) {
    std::vector<change> changes;
    for (int key = first; key < first + count; ++key) changes.push_back({key, op, 1});
    const auto intent = real.record_intent(batch_of(changes, hashing::uniform));
    known.intend(intent, changes);
    if (std::filesystem::exists(journal)) note();
    const std::vector<sluice::fate> fates(changes.size(), fate);
    real.record_outcome(intent, fates);
    known.settle(intent, fates);
    if (std::filesystem::exists(journal)) note();
  }
};

/// Flips one bit in every byte of `file` in turn; `covered` says where that must be refused.
/// Elsewhere it must be harmless.
void flip_every_byte(small_ledger& small, const std::filesystem::path& file,
                     const std::function<bool(std::size_t)>& covered) {
  const auto size = std::filesystem::file_size(file);
  for (std::size_t at = 0; at < size; ++at) {
    if (!covered(at) && at % 16 != 0) continue;  // long stretches of nothing: every 16th will do
    flip(file, at);
    const auto refused = small.refusal(small.known);
    CHECK_MESSAGE(refused == (covered(at) ? file.string() : ""),
                  fmt::format("byte {} of {}", at, file.filename().string()));
    flip(file, at);
  }
  CHECK(small.refusal(small.known) == "");
}

}  // namespace

TEST_CASE("a flipped bit anywhere in the marker is refused") {
  small_ledger small;
  flip_every_byte(small, small.current, [](std::size_t) { return true; });
}

TEST_CASE("a flipped bit anywhere in the journal is refused even in its last frame") {
  small_ledger small;
  flip_every_byte(small, small.journal, [](std::size_t) { return true; });
}

TEST_CASE("a flipped bit in a base is refused wherever something is stored") {
  small_ledger small;
  const auto header = load<generation_header>(whole_file(small.base).data());
  REQUIRE(header.entries == 100);
  const generation_layout layout(header.capacity, false);
  const auto pages_end = layout.pages_at + 2 * page_bytes;
  flip_every_byte(small, small.base, [&](std::size_t at) {
    if (at < sizeof(generation_header)) return true;
    if (at >= layout.pages_at && at < pages_end) return true;
    if (at >= layout.index_at && at < layout.index_at + 2 * sizeof(page_index)) return true;
    if (at >= layout.heap_at && at < layout.heap_at + header.heap_bytes) return true;
    return at >= layout.heap_checksums_at(header.heap_bytes);
  });
}

TEST_CASE("a merge does not carry damage into the next base") {
  small_ledger small;
  small.open()->merge({}, true);
  const auto base = small.directory / "base.2";
  flip(base, page_bytes + 100);
  const auto real = small.open();  // nothing to replay, so no page is read yet
  CHECK_THROWS_AS(real->merge({}, true), failure);
  CHECK(std::filesystem::exists(base));
  CHECK_FALSE(std::filesystem::exists(small.directory / "base.3"));
}

TEST_CASE("a journal cut at any length is refused or says what it said at an earlier moment") {
  small_ledger small;
  const auto good = whole_file(small.journal);
  for (std::size_t size = 0; size < good.size(); ++size) {
    write(small.journal, std::string_view(good).substr(0, size));
    if (size < small.milestones.front().journal_bytes) {
      CHECK(small.refusal(small.known) == small.journal.string());
      continue;
    }
    const small_ledger::milestone* then = nullptr;
    for (const auto& each : small.milestones)
      if (each.journal_bytes <= size) then = &each;
    REQUIRE(then != nullptr);
    CHECK_MESSAGE(small.refusal(then->known) == "", fmt::format("cut at {}", size));
  }
}

TEST_CASE("a base cut at any length is refused") {
  small_ledger small;
  const auto good = whole_file(small.base);
  for (std::size_t size = 0; size < good.size(); size += 61) {
    write(small.base, std::string_view(good).substr(0, size));
    CHECK(small.refusal(small.known) == small.base.string());
  }
  write(small.base, good + "x");
  CHECK(small.refusal(small.known) == small.base.string());
}

TEST_CASE("a sector of zeros in the middle of a journal is refused") {
  small_ledger small;
  const auto good = whole_file(small.journal);
  for (std::size_t at = 0; at + 512 <= small.milestones[4].journal_bytes; at += 512) {
    auto bad = good;
    bad.replace(at, 512, 512, '\0');
    write(small.journal, bad);
    CHECK_MESSAGE(small.refusal(small.known) == small.journal.string(), at);
  }
}

TEST_CASE("zeros behind the last frame are the trace of a torn write and are cut") {
  small_ledger small;
  const auto good = whole_file(small.journal);
  write(small.journal, good + std::string(1000, '\0'));
  CHECK(small.refusal(small.known) == "");
  CHECK(whole_file(small.journal) == good);
}

TEST_CASE("a ledger with a missing file is damaged and never empty") {
  for (const auto* name : {"current", "base.1", "journal.1"}) {
    small_ledger small;
    std::filesystem::remove(small.directory / name);
    CHECK_MESSAGE(small.refusal(small.known) == (small.directory / name).string(), name);
    CHECK_MESSAGE(small.refusal(small.known) == (small.directory / name).string(), name);
  }
  small_ledger small;
  std::filesystem::remove(small.base);
  std::filesystem::remove(small.journal);
  CHECK(small.refusal(small.known) == small.journal.string());
}

TEST_CASE("a marker that the disk does not give back is an error of the ledger") {
  sluice::test::temp_dir folder;
  // Can be opened, and cannot be read from its start.
  std::filesystem::create_symlink("/proc/self/mem", folder.path() / "current");
  try {
    static_cast<void>(read_marker(folder.path()));
    FAIL("the marker was read");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::ledger_failed);
    CHECK(e.info().object == (folder.path() / "current").string());
    CHECK(e.info().cause == "Input/output error");
  }
}

TEST_CASE("a base or a journal of another ledger is refused") {
  small_ledger small;
  small_ledger other;
  {
    const auto real = other.open();
    const std::vector<fate> delivered = {fate::delivered};
    real->record_outcome(
        real->record_intent(batch_of({{77, operation::update, 5}}, hashing::uniform)), delivered);
    real->merge({}, true);
  }
  const auto base = whole_file(small.base);
  write(small.base, whole_file(other.directory / "base.2"));
  CHECK(small.refusal(small.known) == small.base.string());
  write(small.base, base);
  const auto journal = whole_file(small.journal);
  write(small.journal, whole_file(other.directory / "journal.2"));
  CHECK(small.refusal(small.known) == small.journal.string());
  write(small.journal, journal + journal.substr(64));  // a second copy of every frame
  CHECK(small.refusal(small.known) == small.journal.string());
}
