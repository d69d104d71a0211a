#include "runtime/digest/index_file.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "messages/error.hpp"
#include "tests/runtime/digest/entries.hpp"
#include "tests/runtime/ledger/faulty_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using digest::entry;
using digest::index_facts;
using digest::index_reader;
using digest::index_writer;
using ledger::test::faulty_disk;
using source::combination;

namespace {

constexpr index_facts some_facts{.meaning = {1, 2}, .at = {3, 4}, .changed = 5};

void write_index(ledger::system_calls& disk, const std::filesystem::path& file,
                 const std::vector<entry>& entries, const index_facts& facts = some_facts) {
  index_writer to(disk, file, combination::sum);
  for (const auto& x : entries) to.add(x);
  to.finish(facts);
}

/// Nothing without an index, and where it is damaged.
std::optional<std::vector<entry>> read_index(const std::filesystem::path& file) {
  auto from = index_reader::open(file);
  if (!from) return std::nullopt;
  std::vector<entry> entries;
  try {
    entry x;
    while (from->next(x)) entries.push_back(x);
  } catch (const failure& e) {
    CHECK(e.info().code == errc::ledger_corrupt);
    return std::nullopt;
  }
  return entries;
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("an index gives back its entries and what it says of itself") {
  const test::temp_dir dir;
  const auto file = dir.path() / "digest" / "customers";
  CHECK_FALSE(index_reader::open(file));
  for (const std::uint64_t count : {0u, 1u, 1'024u, 1'025u, 3'000u}) {
    CAPTURE(count);
    auto entries = test::sorted_entries(count);
    if (!entries.empty()) entries.back().fingerprint = {};
    write_index(ledger::system_calls::real(), file, entries);
    CHECK(read_index(file) == entries);
    auto from = index_reader::open(file);
    REQUIRE(from);
    auto facts = some_facts;
    facts.unsettled = entries.empty() ? 0 : 1;
    for (const auto& x : entries) facts.total.add(combination::sum, x.source_row);
    CHECK(from->facts() == facts);
    entry x;
    while (from->next(x)) continue;
    from->rewind();
    CHECK(from->next(x) == !entries.empty());
    if (!entries.empty()) CHECK(x == entries.front());
  }
  digest::remove_index(ledger::system_calls::real(), file);
  digest::remove_index(ledger::system_calls::real(), file);
  CHECK_FALSE(index_reader::open(file));
}

TEST_CASE("an index keeps its entries while it is made to say something else of itself") {
  const test::temp_dir dir;
  const auto file = dir.path() / "digest" / "customers";
  const auto entries = test::sorted_entries(10);
  write_index(ledger::system_calls::real(), file, entries);
  auto facts = index_reader::open(file)->facts();
  facts.at = {};
  ++facts.changed;
  digest::restate_index(ledger::system_calls::real(), file, facts);
  CHECK(read_index(file) == entries);
  CHECK(index_reader::open(file)->facts() == facts);
}

TEST_CASE("a flipped bit anywhere in an index is noticed") {
  const test::temp_dir dir;
  const auto file = dir.path() / "customers";
  const auto entries = test::sorted_entries(1'030);
  write_index(ledger::system_calls::real(), file, entries);
  const auto whole = bytes_of(file);
  // Every byte of the header, and some of the rest.
  for (std::size_t at = 0; at < whole.size(); at += at < 128 ? 1 : 97) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    std::ofstream(file, std::ios::binary) << bytes;
    CAPTURE(at);
    CHECK_FALSE(read_index(file));
  }
  for (const auto size : {std::size_t{0}, std::size_t{100}, std::size_t{128}, whole.size() - 1}) {
    std::ofstream(file, std::ios::binary) << whole.substr(0, size);
    CHECK_FALSE(read_index(file));
  }
}

TEST_CASE("after a crash at any point there is the old index or the new one or none") {
  using power_cut = faulty_disk::power_cut;
  const auto old = test::sorted_entries(5);
  const auto fresh = test::sorted_entries(1'100);
  for (const bool begun : {false, true})
    for (const auto kind : {power_cut::forget, power_cut::keep, power_cut::tear})
      for (std::uint64_t at = 1;; ++at) {
        const test::temp_dir dir;
        const auto root = dir.path() / "root";
        std::filesystem::create_directories(root);
        faulty_disk disk(root);
        const auto file = root / "digest" / "customers";
        if (begun) write_index(disk, file, old);
        const auto first = disk.calls();
        disk.crash_at(first + at);
        try {
          write_index(disk, file, fresh);
        } catch (const failure&) {
        }
        const bool survived = !disk.crashed();
        disk.after(kind, at, dir.path() / "found");
        const auto found = read_index(dir.path() / "found" / "digest" / "customers");
        CAPTURE(at);
        CAPTURE(begun);
        if (survived) {
          CHECK(found == fresh);
          break;
        }
        const bool is_old = begun ? found == old : !found;
        const bool is_right = is_old || found == fresh;
        CHECK(is_right);
      }
}

TEST_CASE("a disk that fails leaves the old index or none") {
  const auto old = test::sorted_entries(5);
  const auto fresh = test::sorted_entries(1'100);
  for (std::uint64_t at = 1;; ++at) {
    const test::temp_dir dir;
    faulty_disk disk(dir.path());
    const auto file = dir.path() / "digest" / "customers";
    write_index(disk, file, old);
    const auto first = disk.calls();
    disk.fail_at(first + at, ENOSPC);
    bool failed = false;
    try {
      write_index(disk, file, fresh);
    } catch (const failure& e) {
      failed = true;
      CHECK(e.info().code == errc::ledger_failed);
    }
    const auto found = read_index(file);
    CAPTURE(at);
    const bool is_right = found == old || found == fresh;
    CHECK(is_right);
    if (!failed && disk.calls() < first + at) break;
  }
}
