// Telling rows apart by another rule: what was known is entered again under other hashes.
#include <doctest/doctest.h>

#include "messages/delivery_name.hpp"
#include "messages/error.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/runtime/ledger/unsynced_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

struct identify_fixture {
  sluice::test::temp_dir scratch;
  unsynced_disk disk;
  std::filesystem::path directory = scratch.path() / "customers";
  options limits;
  std::shared_ptr<ledger::ledger> real = open();
  model expected;

  std::shared_ptr<ledger::ledger> open() {
    return durable_ledger::open(disk, directory, "id", limits);
  }
  void reopen() {
    real.reset();
    real = open();
    expected.restart();
  }
  void record(const std::vector<change>& changes, fate what = fate::delivered) {
    const auto intent = real->record_intent(batch_of(changes, expected.how()));
    expected.intend(intent, changes);
    const std::vector<fate> fates(changes.size(), what);
    real->record_outcome(intent, fates);
    expected.settle(intent, fates);
  }
  void identify_by(const std::string& rule, hashing how, const std::stop_token& stop = {}) {
    real->identify_by(
        rule, [how](std::string_view packed_key) { return key_hash(packed_key, how); }, stop);
    expected.identify_by(how);
  }
  /// Every key becomes the same row as its neighbour.
  void identify_pairs() {
    real->identify_by("pairs",
                      [](std::string_view packed) {
                        const auto of_pair = [&](int key) { return packed == packed_key(key); };
                        for (int key = 0; key < keys; ++key)
                          if (of_pair(key)) return key_hash(key / 2, hashing::uniform);
                        return hash128{};
                      },
                      {});
  }
  [[nodiscard]] std::optional<known_row> row(int key) const {
    const auto hash = key_hash(key, hashing::uniform);
    std::optional<known_row> found;
    real->snapshot()->lookup({&hash, 1}, {&found, 1});
    return found;
  }

  static constexpr int keys = 200;
};

std::vector<change> every(int keys, operation op, std::uint64_t value) {
  std::vector<change> changes;
  for (int key = 0; key < keys; ++key) changes.push_back({key, op, value});
  return changes;
}

}  // namespace

TEST_CASE_FIXTURE(identify_fixture, "a ledger that nobody asked tells rows apart by no rule") {
  CHECK(real->rule().empty());
  reopen();
  CHECK(real->rule().empty());
}

TEST_CASE_FIXTURE(identify_fixture,
                  "what a ledger knows is the same under another rule, and stays so") {
  real->begin_epoch(3);
  expected.begin_epoch(3);
  record(every(keys, operation::insert, 1));
  record({{5, operation::update, 2}, {6, operation::insert, 2}}, fate::unknown);
  record({{7, operation::erase, 0}, {500, operation::insert, 1}});
  identify_by("number", hashing::same_prefix);
  CHECK(real->rule() == "number");
  CHECK(expected.difference(*real, 600) == "");
  reopen();
  CHECK(real->rule() == "number");
  CHECK(expected.difference(*real, 600) == "");
  record({{8, operation::update, 9}});
  CHECK(expected.difference(*real, 600) == "");
  real->merge({}, true);
  CHECK(real->rule() == "number");
  CHECK(expected.difference(*real, 600) == "");
}

TEST_CASE_FIXTURE(identify_fixture,
                  "a delivery in doubt has its name through restarts, merges and rules") {
  const auto name = [](std::uint64_t run, int key) {
    return delivery_name(run, operation::update, fingerprint(static_cast<unsigned>(key)));
  };
  std::vector<change> changes;
  for (int key = 0; key < 40; ++key)
    changes.push_back(
        {key, operation::update, static_cast<unsigned>(key), name(key % 2 == 0 ? 7 : 9, key)});
  record(changes, fate::unknown);
  const auto check = [&] {
    CHECK(expected.difference(*real, 60) == "");
    CHECK(row(4)->delivery == name(7, 4));
    CHECK(row(5)->delivery == name(9, 5));
  };
  check();
  reopen();
  check();
  real->merge({}, true);
  check();
  // What is refused or not sent after all leaves it as it is, a delivery ends it.
  record({{4, operation::update, 99, name(11, 4)}}, fate::rejected);
  record({{5, operation::update, 99, name(11, 5)}}, fate::undelivered);
  check();
  record({{6, operation::update, 6, name(7, 6)}});
  CHECK(row(6)->delivery == hash128{});
  CHECK(row(6)->fingerprint == fingerprint(6));
  record({{4, operation::update, 99, name(11, 4)}}, fate::unknown);
  CHECK(row(4)->delivery == name(11, 4));
  reopen();
  CHECK(expected.difference(*real, 60) == "");
  identify_by("text", hashing::few_prefixes);
  CHECK(expected.difference(*real, 60) == "");
}

TEST_CASE_FIXTURE(identify_fixture,
                  "a process that ends with a delivery under way leaves its name") {
  const auto name = delivery_name(7, operation::insert, fingerprint(1));
  const std::vector<change> changes{{1, operation::insert, 1, name}};
  expected.intend(real->record_intent(batch_of(changes, expected.how())), changes);
  reopen();
  CHECK(row(1)->delivery == name);
  CHECK(expected.difference(*real, 10) == "");
}

TEST_CASE_FIXTURE(identify_fixture, "keys that do not fit into memory are entered again as well") {
  limits.overlay_bytes = 1;  // runs of 16 keys: they are merged in several tiers
  reopen();
  record(every(1500, operation::insert, 1));
  identify_by("text", hashing::few_prefixes);
  CHECK(expected.difference(*real, 1600) == "");
}

TEST_CASE_FIXTURE(identify_fixture,
                  "keys that become one row are in doubt and nothing is acknowledged") {
  for (const std::size_t memory : {std::size_t{24} << 20, std::size_t{1}}) {
    CAPTURE(memory);
    limits.overlay_bytes = memory;
    real.reset();
    std::filesystem::remove_all(directory);
    real = open();
    expected = model();
    record(every(keys, operation::insert, 1));
    record({{keys - 1, operation::erase, 0}});
    identify_pairs();
    CHECK(real->snapshot()->keys() == keys / 2);
    CHECK(real->rows() == 1);  // whose neighbour is not there
    for (int pair = 0; pair < keys / 2; ++pair) {
      const auto found = row(pair);
      REQUIRE(found);
      const bool alone = pair == keys / 2 - 1;
      CHECK(found->acknowledged == alone);
      CHECK(found->in_doubt == !alone);
    }
  }
}

TEST_CASE_FIXTURE(identify_fixture, "a rule that is the ledger's own changes nothing") {
  identify_by("number", hashing::uniform);
  record(every(10, operation::insert, 1));
  real->identify_by("number", [](std::string_view) { return hash128{}; }, {});
  CHECK(expected.difference(*real, 20) == "");
}

TEST_CASE_FIXTURE(identify_fixture, "an interrupted change of the rule changes nothing") {
  record(every(keys, operation::insert, 1));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(real->identify_by(
                      "number", [](std::string_view) { return hash128{}; }, stop.get_token()),
                  failure);
  CHECK(real->rule().empty());
  CHECK(expected.difference(*real, keys) == "");
  reopen();
  CHECK(expected.difference(*real, keys) == "");
}

TEST_CASE_FIXTURE(identify_fixture,
                  "intents that a crash left open are in doubt under the new rule") {
  record(every(10, operation::insert, 1));
  const auto intent = real->record_intent(batch_of({{3, operation::update, 2}}, expected.how()));
  expected.intend(intent, {{3, operation::update, 2}});
  reopen();
  identify_by("number", hashing::few_prefixes);
  CHECK(expected.difference(*real, 20) == "");
  reopen();
  CHECK(expected.difference(*real, 20) == "");
}

TEST_CASE_FIXTURE(identify_fixture, "a rule is refused while an intent is open") {
  const auto intent = real->record_intent(batch_of({{3, operation::update, 2}}, expected.how()));
  CHECK_THROWS_AS(real->identify_by("number", [](std::string_view) { return hash128{}; }, {}),
                  failure);
  const std::vector<fate> delivered{fate::delivered};
  CHECK_NOTHROW(real->record_outcome(intent, delivered));
}

TEST_CASE_FIXTURE(identify_fixture, "who only looks sees by which rule rows are told apart") {
  identify_by("number, text", hashing::uniform);
  real.reset();
  CHECK(ledger::ledger::look(directory, "id", scratch.path(), {}).rule == "number, text");
  CHECK(ledger::ledger::look(directory, "another", scratch.path(), {}).rule.empty());
}
