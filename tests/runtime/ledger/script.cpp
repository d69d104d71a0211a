#include "tests/runtime/ledger/script.hpp"

namespace sluice::ledger::test {
namespace {

std::vector<change> changes_of(int first, int count, int stride, operation op,
                               std::uint64_t value) {
  std::vector<change> changes;
  for (int i = 0; i < count; ++i) {
    const auto own = value + static_cast<unsigned>(i);
    changes.push_back({.key = (first + i * stride) % script_keys,
                       .op = op,
                       .value = own,
                       .answer = i % 3 == 0 ? "" : "answer " + std::to_string(own)});
  }
  return changes;
}

std::vector<fate> cycle(std::size_t count, std::vector<fate> pattern) {
  std::vector<fate> fates;
  for (std::size_t i = 0; i < count; ++i) fates.push_back(pattern[i % pattern.size()]);
  return fates;
}

/// Performs steps on ledger and model alike.
class player {
 public:
  player(system_calls& disk, std::filesystem::path directory, model known)
      : disk_(disk), directory_(std::move(directory)), before_(known), after_(known) {}

  void open() {
    real_.reset();
    expect([](model& x) { x.restart(); });
    real_ = durable_ledger::open(disk_, directory_ / "customers", "id", script_limits);
    done();
  }
  std::uint64_t intend(const std::vector<change>& changes) {
    // The number is known before the step happens: sequences count on.
    const auto deltas = batch_of(changes, before_.how());
    expect([&](model& x) { x.intend(~std::uint64_t{0}, changes); });
    const auto number = real_->record_intent(deltas);
    after_ = before_;
    after_.intend(number, changes);
    done();
    return number;
  }
  void settle(std::uint64_t number, const std::vector<fate>& pattern) {
    const auto& changes = before_.open().at(number);
    const auto fates = cycle(changes.size(), pattern);
    expect([&](model& x) { x.settle(number, fates); });
    real_->record_outcome(number, fates, answers_to(changes, fates));
    done();
  }
  void deliver(const std::vector<change>& changes) { settle(intend(changes), {fate::delivered}); }
  void begin_epoch(std::uint32_t epoch) {
    expect([&](model& x) { x.begin_epoch(epoch); });
    real_->begin_epoch(epoch);
    done();
  }
  void identify_by(const std::string& rule, hashing how) {
    expect([&](model& x) { x.identify_by(how); });
    real_->identify_by(
        rule, [how](std::string_view packed_key) { return key_hash(packed_key, how); }, {});
    done();
  }
  void merge() { real_->merge({}, true); }
  void look() {
    const auto differs = before_.difference(*real_, script_keys);
    if (!differs.empty()) throw std::logic_error(differs);
  }

  [[nodiscard]] const model& before() const { return before_; }
  [[nodiscard]] const model& after() const { return after_; }

 private:
  template <class Effect>
  void expect(Effect effect) {
    after_ = before_;
    effect(after_);
  }
  void done() { before_ = after_; }

  system_calls& disk_;
  std::filesystem::path directory_;
  std::shared_ptr<ledger> real_;
  model before_;
  model after_;
};

void play(player& p) {
  using enum fate;
  p.open();
  p.identify_by("number", hashing::few_prefixes);  // of no key yet
  p.begin_epoch(1);
  for (int i = 0; i < 9; ++i) p.deliver(changes_of(i * 10, 18, 1, operation::insert, 100));
  p.look();
  p.merge();
  p.deliver(changes_of(0, 20, 3, operation::update, 200));
  const auto open = p.intend(changes_of(5, 20, 1, operation::update, 300));
  p.settle(p.intend(changes_of(10, 12, 2, operation::erase, 0)),
           {delivered, unknown, rejected, undelivered});
  p.look();
  p.settle(open, {unknown, delivered, undelivered});
  p.begin_epoch(2);
  p.intend(changes_of(100, 6, 1, operation::update, 400));
  p.open();  // the last intent is in doubt from now on
  p.look();
  p.deliver(changes_of(102, 2, 1, operation::update, 500));
  p.identify_by("text", hashing::uniform);
  p.look();
  p.deliver(changes_of(90, 12, 2, operation::update, 700));
  p.merge();
  p.settle(p.intend(changes_of(60, 30, 1, operation::erase, 0)), {delivered, rejected});
  p.open();
  p.intend(changes_of(3, 4, 1, operation::insert, 600));
}

}  // namespace

std::string script_result::difference(ledger& real) const {
  auto crashed_before = before;
  auto crashed_after = after;
  crashed_before.restart();
  crashed_after.restart();
  const auto first = crashed_before.difference(real, script_keys);
  if (first.empty()) return {};
  const auto second = crashed_after.difference(real, script_keys);
  return second.empty() ? "" : "without the step: " + first + "; with it: " + second;
}

script_result run_script(faulty_disk& disk, const std::filesystem::path& directory) {
  player p(disk, directory, model{});
  script_result result;
  try {
    play(p);
    result.finished = true;
  } catch (const failure& refused) {
    result.error = refused.what();
    result.code = refused.info().code;
  }
  result.before = p.before();
  result.after = result.finished ? p.before() : p.after();
  return result;
}

std::string goes_on(system_calls& disk, const std::filesystem::path& directory, model known) {
  player p(disk, directory, std::move(known));
  try {
    p.open();
    p.look();
    p.begin_epoch(p.before().epoch() + 1);
    p.deliver(changes_of(7, 40, 2, operation::update, 900));
    p.intend(changes_of(0, 3, 1, operation::erase, 0));
    p.open();
    p.look();
    p.identify_by("uuid", hashing::same_prefix);
    p.look();
    p.merge();
    p.open();
    p.look();
  } catch (const std::exception& wrong) {
    return wrong.what();
  }
  return {};
}

}  // namespace sluice::ledger::test
