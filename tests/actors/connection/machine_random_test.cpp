// Whatever arrives in whatever order that actors can produce, a run ends once, with counters that
// add up and with no action left that waits for something that cannot come.
#include <array>
#include <random>

#include "tests/actors/connection/connection_machine_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

/// A run whose reader and two writers do what such actors may do, in an order that `seed` makes.
class random_run {
 public:
  explicit random_run(std::uint32_t seed) : random_(seed) {
    state_.start({}, "run", t0);
    state_.recorded(t0);
    state_.slot_granted();
  }

  /// How it ended; nothing if it did not within `steps`.
  std::optional<action::close_run> live(int steps) {
    for (int step = 0; step < steps && !end_; ++step) live();
    return end_;
  }
  connection_machine& state() { return state_; }

 private:
  struct writer {
    std::uint64_t sent = 0;
    std::uint64_t settled = 0;
    bool over = false;
  };

  bool chance(unsigned percent) { return random_() % 100 < percent; }

  /// One event of those that may come now, or none.
  void live() {
    const writer_number number{static_cast<std::uint32_t>(random_() % writers_.size())};
    auto& w = writers_[index_of(number)];
    if (!reader_over_ && !cancelled_ && chance(30)) {
      w.sent += 1 + random_() % 10;
      state_.progressed(totals());
    } else if (!w.over && w.settled < w.sent && chance(50)) {
      settle_some(number, w);
    } else if (!w.over && marker_ && w.settled == w.sent) {
      w.over = true;
      react(state_.drained({number, {}}, t0));
    } else if (!reader_over_ && (cancelled_ || chance(5))) {
      reader_over_ = marker_ = true;
      const auto end = cancelled_ ? pass_end::cancelled : pass_end::complete;
      react(state_.halted({end, t0, totals(), {}, {}}, t0));
    } else if (!reader_gone_ && chance(2)) {
      reader_over_ = reader_gone_ = true;
      react(state_.reader_down(source_gone, t0));
    } else if (!w.over && chance(2)) {
      w.over = true;
      react(state_.writer_down(number, target_gone, t0));
    } else if (settles_ && !reader_gone_) {
      reader_gone_ = true;
      react(state_.ledger_settled(row_count{0}, {}, t0));
    } else if (chance(3)) {
      react(state_.stop(chance(30), t0).todo);
    } else if (!w.over && chance(2)) {
      react(state_.writer_failed(target_gone, t0));
    }
  }

  void settle_some(writer_number number, writer& w) {
    const auto n = 1 + random_() % (w.sent - w.settled);
    w.settled += n;
    const auto bad = random_() % (n + 1);
    batch_settled b{number, 1, n - bad, bad / 2, bad - bad / 2};
    b.delivered_as = {b.delivered / 2, (b.delivered + 1) / 2, 0};
    state_.settled(b);
    if (chance(50)) state_.confirmed(number, {random_() % 10, random_() % 10, random_() % 10});
    const auto run = state_.find("run");
    REQUIRE(run);
    CHECK(run->counters.delivered_as.total() == run->counters.delivered);
  }

  [[nodiscard]] read_progress totals() const {
    read_progress p;
    p.sent = {writers_[0].sent, writers_[1].sent};
    p.counters.read = p.counters.inserts = p.sent[0] + p.sent[1];
    return p;
  }

  void react(const actions& todo) {
    for (const auto& a : todo) {
      if (std::holds_alternative<action::cancel_reader>(a)) cancelled_ = true;
      if (std::holds_alternative<action::end_rows>(a)) marker_ = true;
      if (std::holds_alternative<action::settle_ledger>(a)) settles_ = true;
      if (const auto* c = std::get_if<action::close_run>(&a)) {
        REQUIRE_FALSE(end_);
        end_ = *c;
      }
    }
  }

  std::mt19937 random_;
  connection_machine state_{{"c", sync_mode::mirror, 2, "m"}, {}, std::nullopt};
  std::array<writer, 2> writers_{};
  bool marker_ = false;  ///< the end of the rows is on its way to the writers
  bool reader_over_ = false;
  bool reader_gone_ = false;
  bool cancelled_ = false;
  bool settles_ = false;
  std::optional<action::close_run> end_;
};

}  // namespace

TEST_CASE("counters add up after any order of events") {
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    random_run run(seed);
    const auto end = run.live(400);
    REQUIRE(end);
    const auto& c = end->run.counters;
    CHECK(c.deltas() == c.settled());
    CHECK(c.delivered_as.total() == c.delivered);
    CHECK(c.read == c.unchanged + c.invalid + c.inserts + c.updates);
    CHECK(has_ended(end->run.state));
    run.state().closed(t0);
    CHECK(run.state().state() == connection_state::idle);
  }
}
