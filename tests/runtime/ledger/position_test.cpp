// How far a ledger has come: by that a copy of it is told from the ledger itself.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "messages/error.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "runtime/ledger/journal_reader.hpp"
#include "runtime/ledger/marker.hpp"
#include "tests/runtime/ledger/faulty_disk.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

struct ledger_fixture {
  sluice::test::temp_dir scratch;
  std::filesystem::path directory = scratch.path() / "customers";

  [[nodiscard]] std::shared_ptr<ledger::ledger> open(const std::string& identity = "id") const {
    return ledger::ledger::open(directory, identity);
  }
  static void deliver(ledger::ledger& to, std::uint64_t value) {
    const std::vector<fate> delivered = {fate::delivered};
    to.record_outcome(to.record_intent(batch_of({{1, operation::update, value}}, hashing::uniform)),
                      delivered);
  }
  [[nodiscard]] ledger_position glimpsed() const {
    return ledger::ledger::look(directory, "id", scratch.path(), {}).at;
  }
};

}  // namespace

TEST_CASE_FIXTURE(ledger_fixture, "every record takes a ledger further, and reopening does not") {
  ledger_position last;
  {
    const auto real = open();
    CHECK(real->position().sequence == 0);
    real->begin_epoch(1);
    CHECK(real->position().sequence == 1);
    deliver(*real, 7);
    last = real->position();
    CHECK(last.sequence == 3);
    CHECK(glimpsed() == last);
  }
  CHECK(open()->position() == last);
  CHECK(glimpsed() == last);
}

TEST_CASE_FIXTURE(ledger_fixture, "a merge keeps the history and how far the ledger has come") {
  const auto real = open();
  real->begin_epoch(1);
  deliver(*real, 7);
  const auto before = real->position();
  real->merge({}, true);
  CHECK(real->position() == before);
  deliver(*real, 8);
  CHECK(real->position().history == before.history);
  CHECK(real->position().sequence == before.sequence + 2);
  CHECK(glimpsed() == real->position());
}

TEST_CASE_FIXTURE(ledger_fixture, "a ledger that is begun anew has another history") {
  const auto history = open()->position().history;
  CHECK(open("another")->position().history != history);
  ledger::ledger::set_aside(directory);
  CHECK(open()->position().history != history);
}

TEST_CASE_FIXTURE(ledger_fixture, "a mark takes a ledger past every copy made before, once") {
  {
    const auto real = open();
    real->begin_epoch(1);
    const auto begun = real->position();
    real->mark();  // it has come further since it was opened
    CHECK(real->position() == begun);
  }
  const auto real = open();
  const auto before = real->position();
  real->mark();
  CHECK(real->position().sequence == before.sequence + 1);
  real->mark();
  CHECK(real->position().sequence == before.sequence + 1);
  CHECK(real->epoch() == 1);
}

TEST_CASE_FIXTURE(ledger_fixture, "a mark says as well that earlier intents are abandoned") {
  {
    const auto real = open();
    real->record_intent(batch_of({{1, operation::insert, 3}}, hashing::uniform));
  }
  {
    const auto real = open();
    real->mark();
    CHECK(real->position().sequence == 2);
    deliver(*real, 4);
    CHECK(real->position().sequence == 4);
  }
  CHECK(open()->rows() == 1);
}

TEST_CASE_FIXTURE(ledger_fixture, "a ledger whose write failed is not settled") {
  faulty_disk disk(scratch.path());
  const auto real = durable_ledger::open(disk, directory, "id", {});
  real->begin_epoch(1);
  CHECK(real->settled());
  disk.fail_at(disk.calls() + 1, EIO);
  CHECK_THROWS_AS(deliver(*real, 7), failure);
  CHECK_FALSE(real->settled());
}

TEST_CASE_FIXTURE(ledger_fixture, "a journal that is cut at any frame has come less far") {
  {
    const auto real = open();
    real->begin_epoch(1);
    for (std::uint64_t value = 0; value < 5; ++value) deliver(*real, value);
  }
  const auto whole = glimpsed();
  const auto journal = journal_path(directory, 0);
  std::vector<std::uint64_t> ends;
  {
    const auto file = file::open_to_read(system_calls::real(), journal);
    journal_reader reader(file);
    while (reader.next()) ends.push_back(reader.end());
  }
  REQUIRE(ends.size() == whole.sequence);
  ends.pop_back();
  while (!ends.empty()) {
    std::filesystem::resize_file(journal, ends.back());
    CHECK(glimpsed().history == whole.history);
    CHECK(glimpsed().sequence == ends.size());
    CHECK(open()->position().sequence == ends.size());
    ends.pop_back();
  }
}

TEST_CASE("a marker of a later format is told from a damaged one") {
  const std::filesystem::path file = "/state/ledger/customers/current";
  const auto refused = [&](std::string text, bool good_checksum) {
    if (good_checksum) text += "checksum " + fmt::format("{:016x}", checksum(text)) + "\n";
    try {
      parse_marker(text, file);
    } catch (const failure& e) {
      return e.info();
    }
    return error{};
  };
  const std::string rest = "generation 0\nidentity 00000000000000000000000000000000\n";
  CHECK_FALSE(refused("sluice ledger 1\n" + rest, true));
  for (const auto* const version : {"2", "3", "17", "next"}) {
    const auto e = refused("sluice ledger " + std::string(version) + "\n" + rest, true);
    CHECK(e.code == errc::ledger_failed);
    CHECK(e.cause.find("version " + std::string(version)) != std::string::npos);
    CHECK(e.hint.find("use the program that wrote it") != std::string::npos);
    CHECK(e.hint.find("remove") == std::string::npos);
  }
  CHECK(refused("sluice ledger 3\n" + rest, false).code == errc::ledger_corrupt);
  CHECK(refused("sluice ledger 1\n" + rest + "checksum 0\n", false).code == errc::ledger_corrupt);
  CHECK(refused("another file\n" + rest, true).code == errc::ledger_corrupt);
}
