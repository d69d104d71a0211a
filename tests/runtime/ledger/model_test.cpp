// Random histories against the plain map. rapidcheck prints its seed; RC_PARAMS="seed=N" repeats
// one.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "messages/delivery_name.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "tests/runtime/ledger/faulty_disk.hpp"
#include "tests/runtime/ledger/model.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

constexpr int keys = 80;
/// Room for the fewest entries there can be, so that nearly every outcome spills.
constexpr options tiny{.overlay_bytes = 1, .merge_percent = 10};

/// A ledger, its model and its disk, driven by numbers that rapidcheck can shrink.
class history {
 public:
  explicit history(hashing how) : expected_(how) { open(); }

  void step(unsigned kind, unsigned a, unsigned b) {
    switch (kind % 12) {
      case 0:
      case 1:
      case 2:
      case 3:
        return intend(a, b);
      case 4:
      case 5:
      case 6:
      case 7:
        return settle(a, b);
      case 8:
        expected_.begin_epoch(expected_.epoch() + 1 + a % 3);
        return real_->begin_epoch(expected_.epoch());
      case 9:
        return reopen(a);
      case 10:
        if (expected_.open().empty()) real_->merge({}, true);
        return;
      case 11:
        check_held();
        held_ = real_->snapshot();
        held_model_ = expected_;
        return;
    }
  }

  void check() {
    const auto differs = expected_.difference(*real_, keys);
    if (!differs.empty()) RC_FAIL(differs);
  }

  /// A view taken earlier still says what it said then.
  void check_held() {
    if (!held_) return;
    const auto differs = held_model_.difference(*held_, keys);
    held_.reset();
    if (!differs.empty()) RC_FAIL("a view changed: " + differs);
  }

 private:
  void open() {
    disk_ = std::make_unique<faulty_disk>(directory_->path());
    real_ = durable_ledger::open(*disk_, directory_->path() / "customers", "id", tiny);
  }

  void intend(unsigned a, unsigned b) {
    std::vector<change> changes;
    const auto count = 1 + a % 24;
    for (unsigned i = 0; i < count; ++i) {
      const auto key = static_cast<int>((b + i * (1 + 2 * (a % 7))) % keys);
      if (std::any_of(changes.begin(), changes.end(), [&](auto& x) { return x.key == key; }))
        continue;
      const auto op = static_cast<operation>((a + b + i) % 3);
      const std::uint64_t value = (a * 31 + b + i) % 50;
      changes.push_back({key, op, value, name_of(op, value, a, i), answer(value, b + i)});
    }
    const auto number = real_->record_intent(batch_of(changes, expected_.how()));
    expected_.intend(number, changes);
  }

  /// Some intents have no names, some rows repeat the delivery of an earlier run.
  static hash128 name_of(operation op, std::uint64_t value, unsigned a, unsigned i) {
    if (a % 5 == 0) return {};
    const std::uint64_t run = i % 4 == 1 ? 3 : 100 + a % 6;
    return delivery_name(run, op, op == operation::erase ? hash128{} : fingerprint(value));
  }

  /// To some rows the destination answers nothing that is remembered.
  static std::string answer(std::uint64_t value, unsigned b) {
    if (b % 3 == 0) return {};
    return std::string(b % 13, 'i') + std::to_string(value);
  }

  void settle(unsigned a, unsigned b) {
    if (expected_.open().empty()) return;
    const auto& [number, changes] =
        *std::next(expected_.open().begin(), static_cast<int>(a % expected_.open().size()));
    std::vector<fate> fates;
    for (unsigned i = 0; i < changes.size(); ++i)
      fates.push_back(b % 2 == 0 ? fate::delivered : static_cast<fate>((b / 2 + i * i) % 4));
    const auto intent = number;
    real_->record_outcome(intent, fates, answers_to(changes, fates));
    expected_.settle(intent, fates);
  }

  /// Ends the process in one of four ways; what was recorded is there afterwards in all of them.
  void reopen(unsigned way) {
    check_held();
    if (way % 4 != 0) {
      const auto kind = static_cast<faulty_disk::power_cut>(way % 4 - 1);
      auto after = std::make_unique<sluice::test::temp_dir>();
      disk_->after(kind, way, after->path());
      real_.reset();
      directory_ = std::move(after);
    }
    real_.reset();
    expected_.restart();
    open();
  }

  std::unique_ptr<sluice::test::temp_dir> directory_ = std::make_unique<sluice::test::temp_dir>();
  std::unique_ptr<faulty_disk> disk_;
  std::shared_ptr<ledger::ledger> real_;
  model expected_;
  std::unique_ptr<view> held_;
  model held_model_;
};

bool survives_random_histories(const char* what, hashing how) {
  return rc::check(what, [how] {
    const auto steps =
        *rc::gen::container<std::vector<std::tuple<unsigned, unsigned, unsigned>>>(rc::gen::tuple(
            rc::gen::inRange(0u, 12u), rc::gen::inRange(0u, 1000u), rc::gen::inRange(0u, 1000u)));
    history run(how);
    for (const auto& [kind, a, b] : steps) {
      run.step(kind, a, b);
      if (a % 8 == 0) run.check();
    }
    run.check();
    run.check_held();
  });
}

}  // namespace

TEST_CASE("a ledger says what a plain map says after any history") {
  CHECK(survives_random_histories("uniform hashes", hashing::uniform));
}

TEST_CASE("keys that share the first half of their hash are told apart after any history") {
  CHECK(survives_random_histories("one prefix", hashing::same_prefix));
  CHECK(survives_random_histories("three prefixes", hashing::few_prefixes));
}
