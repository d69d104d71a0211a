// Where a journal ends: at a torn tail, never at damage.
#include "runtime/ledger/journal_reader.hpp"

#include <doctest/doctest.h>

#include <random>

#include "messages/error.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/runtime/ledger/unsynced_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

constexpr std::uint64_t seed = 42;
constexpr std::size_t sector = 512;

/// The bytes of a journal, to be mistreated.
struct journal_bytes {
  sluice::test::temp_dir scratch;
  unsynced_disk disk;
  std::string bytes;

  journal_bytes() {
    journal_header header;
    header.magic = journal_magic;
    header.version = journal_version;
    header.number = seed;
    header.first_sequence = 1;
    header.header_checksum = checksum_of(header);
    append(bytes, header);
  }
  /// Appends an intent of `rows` keys; returns where it begins.
  std::size_t frame(std::uint64_t sequence, std::uint64_t group, int rows) {
    std::vector<change> changes;
    for (int key = 0; key < rows; ++key) changes.push_back({key, operation::insert, 1});
    const auto begin = bytes.size();
    frame_header header;
    header.sequence = sequence;
    header.group = group;
    append_frame(bytes, header, seed, encode_intent(batch_of(changes, hashing::uniform)));
    return begin;
  }
  /// How many frames are good, or -1 if the journal is refused.
  int frames() {
    auto out = file::unnamed(disk, scratch.path());
    out.write(0, bytes);
    try {
      journal_reader reader(out);
      int count = 0;
      while (reader.next()) ++count;
      return count;
    } catch (const failure& refused) {
      CHECK(refused.info().code == errc::ledger_corrupt);
      return -1;
    }
  }
  void lose_sector(std::size_t at, std::size_t not_before) {
    const auto begin = std::max(at / sector * sector, not_before);
    const auto end = std::min(bytes.size(), at / sector * sector + sector);
    bytes.replace(begin, end - begin, end - begin, '\0');
  }
};

}  // namespace

TEST_CASE_FIXTURE(journal_bytes, "a lost sector in the last write is a torn tail wherever it is") {
  frame(1, 1, 3);
  const auto begin = frame(2, 2, 80);
  const auto good = bytes;
  for (auto at = begin; at < good.size(); at += 8) {
    bytes = good;
    lose_sector(at, begin);
    CHECK(frames() == 1);
  }
}

TEST_CASE_FIXTURE(journal_bytes,
                  "good frames of the same lost write do not make a torn tail damage") {
  frame(1, 1, 3);
  const auto begin = frame(2, 2, 30);
  frame(3, 2, 30);
  frame(4, 2, 1);
  lose_sector(begin + 600, begin);
  CHECK(frames() == 1);
}

TEST_CASE_FIXTURE(journal_bytes, "a lost sector before a later write is damage") {
  frame(1, 1, 3);
  const auto begin = frame(2, 2, 30);
  frame(3, 3, 30);
  lose_sector(begin + 600, begin);
  CHECK(frames() == -1);
}

TEST_CASE_FIXTURE(journal_bytes, "of a write any subset of its sectors may survive") {
  frame(1, 1, 3);
  const auto begin = frame(2, 2, 20);
  frame(3, 2, 40);
  frame(4, 2, 2);
  const auto good = bytes;
  std::mt19937_64 random(7);
  for (int i = 0; i < 500; ++i) {
    bytes = good;
    for (auto at = begin; at < bytes.size(); at = at / sector * sector + sector)
      if (random() % 2 == 0) lose_sector(at, begin);
    bytes.resize(begin + random() % (bytes.size() - begin + 1));
    CHECK(frames() >= 1);
  }
}

TEST_CASE_FIXTURE(journal_bytes, "garbage behind the last frame is damage") {
  frame(1, 1, 3);
  bytes += std::string(100, 'x');
  CHECK(frames() == -1);
}

TEST_CASE_FIXTURE(journal_bytes, "a frame that is missing or comes twice is damage") {
  frame(1, 1, 3);
  frame(3, 3, 3);
  CHECK(frames() == -1);
  bytes.resize(sizeof(journal_header));
  frame(1, 1, 3);
  frame(1, 1, 3);
  CHECK(frames() == -1);
}

TEST_CASE_FIXTURE(journal_bytes, "a journal of a later format is refused with its number") {
  auto header = load<journal_header>(bytes.data());
  header.version = 9;
  header.header_checksum = checksum_of(header);
  bytes = bytes_of(header);
  auto out = file::unnamed(disk, scratch.path());
  out.write(0, bytes);
  try {
    journal_reader reader(out);
    FAIL("not refused");
  } catch (const failure& refused) {
    CHECK(refused.info().code == errc::ledger_failed);
    CHECK(refused.info().cause.find("version 9") != std::string::npos);
    CHECK(refused.info().hint.find("use the program that wrote it") != std::string::npos);
    CHECK(refused.info().hint.find("remove") == std::string::npos);
  }
}
