// What a destination answered about a row is kept with the row's key. Random histories are in
// model_test, crashes in crash_test.
#include <doctest/doctest.h>

#include <fstream>

#include "messages/error.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "runtime/ledger/generation_format.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/runtime/ledger/unsynced_disk.hpp"
#include "tests/support/broken_contract.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;
using sluice::test::broken_contract;

namespace {

struct answers_fixture {
  sluice::test::temp_dir scratch;
  unsynced_disk disk;
  std::filesystem::path directory = scratch.path() / "customers";
  options limits{.overlay_bytes = 1, .merge_percent = 10};
  std::shared_ptr<sluice::ledger::ledger> real = open();

  std::shared_ptr<sluice::ledger::ledger> open() {
    return durable_ledger::open(disk, directory, "id", limits);
  }
  void reopen() {
    real.reset();
    real = open();
  }
  void record(const std::vector<change>& changes, fate what = fate::delivered) {
    const std::vector<fate> fates(changes.size(), what);
    real->record_outcome(real->record_intent(batch_of(changes, hashing::uniform)), fates,
                         answers_to(changes, fates));
  }
  [[nodiscard]] std::string remembered(int key) const {
    auto deltas = batch_of({{.key = key}}, hashing::uniform);
    real->recall(deltas);
    return std::string(deltas[0].remembered);
  }
  [[nodiscard]] std::uint32_t version_of_base(int generation) const {
    std::ifstream in(directory / ("base." + std::to_string(generation)), std::ios::binary);
    generation_header header;
    in.read(reinterpret_cast<char*>(&header), sizeof(header));
    REQUIRE(in);
    return header.version;
  }
};

change inserted(int key, std::string answer) {
  return {.key = key, .value = 1, .answer = std::move(answer)};
}
change updated(int key, std::uint64_t value) {
  return {.key = key, .op = operation::update, .value = value};
}

}  // namespace

TEST_CASE_FIXTURE(answers_fixture,
                  "an answer stays with its key until the key's deletion is delivered") {
  record({inserted(1, "a1"), inserted(2, "a2"), inserted(3, "")});
  const auto check = [&](const std::string& first) {
    CHECK(remembered(1) == first);
    CHECK(remembered(2) == "a2");
    CHECK(remembered(3).empty());
    CHECK(remembered(4).empty());
  };
  check("a1");
  record({updated(1, 2), updated(2, 2)});
  check("a1");
  for (const auto what : {fate::rejected, fate::undelivered, fate::unknown}) {
    record({{.key = 1, .op = operation::erase}}, what);
    check("a1");
  }
  reopen();
  check("a1");
  real->merge({}, true);
  check("a1");
  record({{.key = 1, .op = operation::update, .value = 3, .answer = "b1"}});
  check("b1");
  reopen();
  record({{.key = 1, .op = operation::erase}});
  check("");
  real->merge({}, true);
  record({inserted(1, "")});
  check("");
}

TEST_CASE_FIXTURE(answers_fixture,
                  "a spilled answer is found again when only its key's value changed") {
  std::vector<change> many;
  for (int key = 0; key < 400; ++key) many.push_back(inserted(key, "id " + std::to_string(key)));
  record(many);
  for (std::uint64_t value = 2; value < 12; ++value) {
    for (auto& each : many) each = updated(each.key, value);
    record(many);
  }
  reopen();
  for (const int key : {0, 1, 200, 399}) CHECK(remembered(key) == "id " + std::to_string(key));
}

TEST_CASE_FIXTURE(answers_fixture, "a view remembers what was remembered when it was made") {
  record({inserted(1, "a1")});
  const auto before = real->snapshot();
  record({{.key = 1, .op = operation::update, .value = 2, .answer = "b1"}});
  const auto deltas = batch_of({{.key = 1}, {.key = 2}}, hashing::uniform);
  CHECK(before->remembered(deltas[0].key_hash) == "a1");
  CHECK(before->remembered(deltas[1].key_hash).empty());
  CHECK(remembered(1) == "b1");
}

TEST_CASE_FIXTURE(answers_fixture,
                  "keys are entered under another rule with what is remembered for them") {
  record({inserted(1, "a1"), inserted(2, "a2")});
  real->identify_by(
      "few", [](std::string_view packed) { return key_hash(packed, hashing::few_prefixes); }, {});
  auto deltas = batch_of({{.key = 1}, {.key = 2}}, hashing::few_prefixes);
  real->recall(deltas);
  CHECK(deltas[0].remembered == "a1");
  CHECK(deltas[1].remembered == "a2");
}

TEST_CASE_FIXTURE(answers_fixture,
                  "only a base that remembers something has a format that others refuse") {
  record({inserted(1, "")});
  real->merge({}, true);
  CHECK(version_of_base(1) == generation_version);
  record({inserted(2, "a2")});
  real->merge({}, true);
  CHECK(version_of_base(2) == remembering_version);
  record({{.key = 2, .op = operation::erase}});
  real->merge({}, true);
  CHECK(version_of_base(3) == generation_version);
}

TEST_CASE_FIXTURE(answers_fixture,
                  "nothing is remembered of rows that are not there, nor written down") {
  const std::vector<change> changes{inserted(1, "a1"), {.key = 2, .op = operation::erase}};
  const auto intent = real->record_intent(batch_of(changes, hashing::uniform));
  const auto what =
      "record outcome: expected something to remember only of rows that are there now";
  const std::vector<fate> rejected{fate::rejected, fate::delivered};
  for (const std::uint32_t index : {0, 1, 2})
    CHECK(broken_contract([&] {
            real->record_outcome(intent, rejected, std::vector<row_answer>{{index, "x"}});
          }) == what);
  real->record_outcome(intent, rejected);
  reopen();
  CHECK(remembered(1).empty());
}
