#include "runtime/ledger/journal.hpp"

#include <doctest/doctest.h>
#include <errno.h>

#include <utility>
#include <vector>

#include "messages/error.hpp"
#include "runtime/ledger/journal_reader.hpp"
#include "tests/runtime/ledger/faulty_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

struct journal_fixture {
  sluice::test::temp_dir scratch;
  faulty_disk disk{scratch.path()};
  std::filesystem::path path = scratch.path() / "journal.0";
  std::unique_ptr<journal> records = begin();
  std::mutex mutex;

  std::unique_ptr<journal> begin() {
    journal_header header;
    header.first_sequence = 1;
    return journal::create(disk, path, header);
  }
  /// Sequence and group of every frame in the file.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> frames() {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
    journal_reader reader(file::open(disk, path));
    while (const auto each = reader.next())
      found.emplace_back(each->header.sequence, each->header.group);
    return found;
  }
};

}  // namespace

TEST_CASE_FIXTURE(journal_fixture, "frames that arrive during a sync share the next one") {
  bool first = true;
  disk.on_sync([&] {  // called while the write of the first frame is under way
    if (!std::exchange(first, false)) return;
    const journal::lock held(mutex);
    for (std::uint32_t epoch = 2; epoch <= 6; ++epoch)
      records->enqueue(frame_type::epoch, encode_epoch(epoch));
  });
  const auto syncs = disk.data_syncs();
  journal::lock held(mutex);
  records->commit(held, records->enqueue(frame_type::epoch, encode_epoch(1)));
  CHECK(disk.data_syncs() - syncs == 1);
  CHECK(frames().size() == 1);
  records->commit(held, 4);
  records->commit(held, 6);
  CHECK(disk.data_syncs() - syncs == 2);
  CHECK(frames() == std::vector<std::pair<std::uint64_t, std::uint64_t>>{
                        {1, 1}, {2, 2}, {3, 2}, {4, 2}, {5, 2}, {6, 2}});
}

TEST_CASE_FIXTURE(journal_fixture, "nothing enqueued needs no sync") {
  const auto calls = disk.calls();
  journal::lock held(mutex);
  records->commit_all(held);
  CHECK(disk.calls() == calls);
}

TEST_CASE_FIXTURE(journal_fixture, "a frame lies where it was said to lie") {
  journal::lock held(mutex);
  records->enqueue(frame_type::epoch, encode_epoch(7));
  const auto place = records->next_payload_at();
  records->enqueue(frame_type::epoch, encode_epoch(8));
  records->commit_all(held);
  journal_reader reader(file::open(disk, path));
  reader.next();
  const auto second = reader.next();
  REQUIRE(second);
  CHECK(second->payload_at == place);
  CHECK(decode_epoch(second->payload) == 8);
}

TEST_CASE_FIXTURE(journal_fixture,
                  "a failed write fails all who waited for it and all who come after") {
  journal::lock held(mutex);
  const auto sequence = records->enqueue(frame_type::epoch, encode_epoch(1));
  disk.fail_at(disk.calls() + 1, ENOSPC);
  CHECK_THROWS_AS(records->commit(held, sequence), failure);
  CHECK(held.owns_lock());
  CHECK_THROWS_AS(records->commit(held, sequence), failure);
  CHECK_THROWS_AS(records->enqueue(frame_type::epoch, encode_epoch(2)), failure);
}
