// What the ledger expects of those who call it: looked at before anything reaches the disk.
#include <doctest/doctest.h>

#include <array>

#include "runtime/ledger/frozen_view.hpp"
#include "runtime/ledger/generation.hpp"
#include "runtime/ledger/generation_writer.hpp"
#include "runtime/ledger/marker.hpp"
#include "runtime/ledger/overlay.hpp"
#include "runtime/ledger/state.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/runtime/ledger/unsynced_disk.hpp"
#include "tests/support/broken_contract.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;
using sluice::test::broken_contract;

namespace {

struct contract_fixture {
  sluice::test::temp_dir scratch;
  unsynced_disk disk;
};

frame_header numbered(std::uint64_t sequence, std::uint64_t group) {
  frame_header header;
  header.sequence = sequence;
  header.group = group;
  return header;
}

entry entry_of(std::uint64_t key) {
  entry each;
  each.key = {key, 0};
  return each;
}

}  // namespace

TEST_CASE("a frame that no reader would take is not written") {
  std::string out;
  CHECK(broken_contract([&] { append_frame(out, numbered(1, 1), 0, "odd"); }) ==
        "record in ledger: expected whole words, of less than 4 GiB");
  const auto what = "record in ledger: expected a number, and that of its write not behind it";
  CHECK(broken_contract([&] { append_frame(out, numbered(0, 0), 0, {}); }) == what);
  CHECK(broken_contract([&] { append_frame(out, numbered(1, 2), 0, {}); }) == what);
  CHECK(out.empty());
  CHECK(broken_contract([&] { append_frame(out, numbered(2, 1), 0, encode_epoch(1)); }).empty());
}

TEST_CASE_FIXTURE(contract_fixture,
                  "a marker that would not read back leaves the old one as it is") {
  const marker good{.generation = 3, .identity = {1, 2}, .rule = "a"};
  write_marker(disk, scratch.path(), good);
  CHECK(broken_contract([&] {
          write_marker(disk, scratch.path(), {.generation = 4, .identity = {}, .rule = "a\nb"});
        }) == "write marker: expected a rule of one line");
  CHECK(read_marker(scratch.path()) == good);
}

TEST_CASE_FIXTURE(contract_fixture,
                  "a generation takes keys in their order, and as many as it has room for") {
  generation_writer out(file::unnamed(disk, scratch.path()), {.number = 1, .capacity = 2});
  out.add(entry_of(5), "k5", "");
  for (const std::uint64_t key : {4, 5})
    CHECK(broken_contract([&] { out.add(entry_of(key), "k", ""); }) ==
          "write ledger: expected keys in ascending order");
  out.add(entry_of(6), "k6", "");
  CHECK(broken_contract([&] { out.add(entry_of(7), "k7", ""); }) ==
        "write ledger: expected no more keys than the generation was laid out for");
  const generation made(out.finish());
  CHECK(made.at(1).key == hash128{6, 0});
  CHECK(broken_contract([&] { static_cast<void>(made.at(2)); }) ==
        "read ledger: expected an entry at this position");
  const std::array<hash128, 2> keys{hash128{5, 0}, hash128{6, 0}};
  std::array<std::uint64_t, 1> too_few{};
  CHECK(broken_contract([&] { made.find(keys, too_few); }) ==
        "look up keys: expected room for each position");
}

TEST_CASE_FIXTURE(contract_fixture, "a state settles what is open, and intends what was prepared") {
  state known(disk, scratch.path(), nullptr, 1, byte_count{1u << 20});
  const std::vector<intent_row> rows{{.key = {1, 1}, .fingerprint = {2, 2}}};
  CHECK(broken_contract([&] { known.intend(1, rows); }) ==
        "record in ledger: expected a key that was brought into the overlay");
  known.prepare(rows);
  known.intend(1, rows);
  const std::vector<fate> fates(1, fate::delivered);
  const auto what = "record outcome: expected an open intent of this number, with as many rows";
  CHECK(broken_contract([&] { known.settle(2, fates); }) == what);
  CHECK(broken_contract([&] { known.settle(1, {}); }) == what);
  CHECK(known.acknowledged() == 0);
  known.settle(1, fates);
  CHECK(known.acknowledged() == 1);
}

TEST_CASE("a key is added to an overlay once") {
  overlay known;
  known.add({1, 1});
  CHECK(broken_contract([&] {
          known.add({1, 1});
        }) == "record in ledger: expected a key that is not in the overlay");
}

TEST_CASE("a view notes only keys of its own as seen, and wants room for what it finds") {
  frozen_view empty{layers{}};
  CHECK(broken_contract([&] { empty.mark_seen(7); }) ==
        "note key as seen: expected a key of this view");
  const std::array<hash128, 1> keys{};
  CHECK(broken_contract([&] { empty.lookup(keys, {}); }) ==
        "look up keys: expected room for each result");
}
