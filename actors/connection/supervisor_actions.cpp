// How the supervisor performs what its machine decides.
#include <utility>

#include "actors/catalog/catalog_timeout.hpp"
#include "actors/connection/supervisor.hpp"
#include "runtime/fault/fail_point.hpp"

namespace sluice::actors {
namespace {

/// How long to wait before a failing catalog is asked again to record the end of a run.
constexpr std::chrono::seconds retry_close_after{5};
/// How often an active run is recorded: a crash loses only the counts since the last time.
constexpr std::chrono::seconds record_interval{2};

}  // namespace

void supervisor_state::perform(const actions& todo) {
  for (const auto& a : todo) std::visit([this](const auto& one) { perform(one); }, a);
}

void supervisor_state::perform(const action::record_run& a) {
  run_ = a.run.run;
  watch_lateness();
  self_->request<urgent>(args_.catalog, catalog_timeout, open_atom_v, a.run, a.memory, a.once)
      .then([this](bool) { perform(machine_->recorded(now())); },
            [this](const caf::error& e) {
              perform(machine_->not_recorded(to_error(e, "record the run")));
            });
}

void supervisor_state::perform(const action::acquire_slot& a) {
  self_->request(args_.slots, caf::infinite, acquire_atom_v, run_, a.due)
      .then([this, run = run_](bool) {
        if (run == run_) perform(machine_->slot_granted());
      });
}

void supervisor_state::perform(const action::release_slot&) {
  self_->send(args_.slots, release_atom_v, run_);
}

void supervisor_state::perform(const action::spawn_run& a) {
  fault::pass(fault::point::after_run_record);
  crew_.spawn(self_, args_.services, args_.catalog, a);
  keep_recording(run_);
}

void supervisor_state::perform(const action::cancel_reader&) {
  log(run_).info("halting the reader");
  crew_.cancel_reader(self_);
}

void supervisor_state::perform(const action::end_rows& a) { crew_.end_rows(self_, a.writers); }

void supervisor_state::perform(const action::abandon_writers&) {
  log(run_).warning("giving up the drain: what is not delivered yet stays undelivered");
  crew_.abandon_writers(self_);
}

void supervisor_state::perform(const action::arm_drain_timer& a) {
  after(args_.services->config.delivery.drain_timeout,
        [this, run = a.run] { perform(machine_->drain_timed_out(run)); });
}

void supervisor_state::perform(const action::arm_hang_timer& a) {
  after(a.patience, [this, run = a.run, timer = a.timer] {
    perform(machine_->hang_timed_out(run, timer, now()));
  });
}

void supervisor_state::perform(const action::set_aside& a) {
  crew_.set_aside(self_, a);
  watch_hung();
}

void supervisor_state::perform(const action::settle_ledger& a) {
  crew_.settle_ledger(self_, a.merge);
}

void supervisor_state::perform(const action::close_run& a) {
  fault::pass(fault::point::before_run_end);
  crew_.release();
  self_->request<urgent>(args_.catalog, catalog_timeout, close_atom_v, a.run, a.memory, a.settles)
      .then(
          [this](row_count rejected) {
            args_.known.rejected_rows = rejected.number();
            machine_->listed(rejected);
            perform(machine_->closed(now()));
            keep_schedule();
          },
          [this](const caf::error& e) {
            perform(machine_->not_closed(to_error(e, "record the end of the run")));
          });
}

void supervisor_state::perform(const action::retry_close&) {
  after(retry_close_after, [this] { perform(machine_->retry_close()); });
}

void supervisor_state::perform(const action::announce_start& a) {
  log(a.run.run).info("{} run began, mode {}{}{}{}", to_string(a.run.type), to_string(a.run.mode),
                      a.run.about.empty() ? "" : ", about " + a.run.about,
                      a.run.requested_by.empty() ? "" : ", requested by " + a.run.requested_by,
                      a.run.reason.empty() ? "" : ", full since " + a.run.reason);
  // A postponed start was answered when it was postponed.
  postponed_.erase(a.run.run);
  if (auto found = starting_.extract(a.run.run)) found.mapped().deliver(a.run);
}

template <class Answer>
void supervisor_state::answer_waiters(const run_id& run, const Answer& answer) {
  for (auto& [id, waits] : waiters_) {
    if (waits.run != run) continue;
    waits.answer.deliver(answer);
    timers_.erase(waits.timer);
  }
  std::erase_if(waiters_, [&](const auto& waits) { return waits.second.run == run; });
}

void supervisor_state::perform(const action::refuse_start& a) {
  log(a.run).error("run not started: {}", a.why.text());
  postponed_.erase(a.run);
  if (auto found = starting_.extract(a.run)) found.mapped().deliver(to_caf(a.why));
  answer_waiters(a.run, to_caf(a.why));
}

void supervisor_state::perform(const action::announce_end& a) {
  log_end(a.ended.run);
  run_ = {};
  answer_waiters(a.ended.run.run, a.ended.run);
  args_.services->announce(a.ended);
  self_->send(args_.succession, ended_atom_v, a.ended.run);
  watch_lateness();
}

void supervisor_state::perform(const action::announce_late& a) {
  const auto& run = a.late.run;
  const auto what = run.run.empty() ? "no run has begun since one was due" : "the run goes on";
  log(run.run).warning("late: {} for more than {} s", what,
                       std::chrono::floor<std::chrono::seconds>(*a.late.late_after).count());
  args_.services->announce(a.late);
}

void supervisor_state::log_end(const run_record& run) const {
  const auto& c = run.counters;
  const auto line = log(run.run);
  for (const auto& warning : run.warnings) line.warning("{}", warning);
  if (run.failed) line.error("{}", run.failed.text());
  line.info("run {}: read {}, unchanged {}, invalid {}, delivered {}, rejected {}, undelivered {}",
            state_in_words(run), c.read, c.unchanged, c.invalid, c.delivered, c.rejected,
            c.undelivered);
}

void supervisor_state::perform(const action::record_skipped& a) {
  log(a.run.run).warning("run skipped: {}", a.run.failed.text());
  args_.services->announce({.run = a.run, .before = a.before});
  self_->request<urgent>(args_.catalog, catalog_timeout, skip_atom_v, a.run, a.memory, start_once{})
      .then([](bool) {},
            [this, run = a.run.run](const caf::error& e) {
              log(run).error("{}", to_error(e, "record a skipped run").text());
            });
}

void supervisor_state::perform(const action::record_withdrawn& a) {
  postponed_.erase(a.run.run);
  answer_waiters(a.run.run, a.run);
  self_->request<urgent>(args_.catalog, catalog_timeout, skip_atom_v, a.run, a.memory, a.once)
      .then([](bool) {},
            [this, run = a.run.run](const caf::error& e) {
              log(run).error("{}", to_error(e, "record a withdrawn run").text());
            });
}

void supervisor_state::perform(const action::save_memory& a) {
  self_->request<urgent>(args_.catalog, catalog_timeout, save_atom_v, a.memory)
      .then([](bool) {},
            [this](const caf::error& e) {
              log(run_).error("{}", to_error(e, "record the connection's state").text());
            });
}

void supervisor_state::perform(const action::adopt_configuration&) {
  const auto before = schedule::leader_of(args_.services->config.schedule);
  args_.services = std::exchange(next_services_, nullptr);
  if (const auto leader = schedule::leader_of(args_.services->config.schedule); leader != before)
    self_->send(args_.succession, follow_atom_v, leader);
  keep_schedule();
  watch_lateness();
}

void supervisor_state::perform(const action::warn_set_back& a) {
  log(run_).warning("the clock was set back by {} s: the schedule goes on from the new time",
                    std::chrono::duration_cast<std::chrono::seconds>(a.by).count());
}

void supervisor_state::perform(const action::quit&) { self_->quit(); }

void supervisor_state::keep_recording(const run_id& run) {
  after(record_interval, [this, run] {
    const auto record = machine_->find(run);
    if (run != run_ || !record || has_ended(record->state)) return;
    // The next request only after the answer, so that a slow catalog is not flooded.
    self_
        ->request<urgent>(args_.catalog, catalog_timeout, update_atom_v, *record,
                          machine_->memory())
        .then([this, run](bool) { keep_recording(run); },
              [this, run](const caf::error& e) {
                log(run).warning("{}", to_error(e, "record the progress of the run").text());
                keep_recording(run);
              });
  });
}

caf::result<bool> supervisor_state::ledger_at(const ledger_position& at) {
  machine_->ledger_at(at);
  auto answer = self_->make_response_promise<bool>();
  self_->request(args_.catalog, catalog_timeout, save_atom_v, machine_->memory())
      .then(
          [answer](bool done) mutable {
            fault::pass(fault::point::after_catalog_mark);
            answer.deliver(done);
          },
          [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

std::uint64_t supervisor_state::after(std::chrono::milliseconds delay, std::function<void()> then) {
  timers_.emplace(++last_timer_, std::move(then));
  self_->delayed_send(self_, delay, tick_atom_v, last_timer_);
  return last_timer_;
}

void supervisor_state::put_off(std::uint64_t& timer, std::chrono::milliseconds delay,
                               std::function<void()> then) {
  timers_.erase(timer);
  timer = after(delay, std::move(then));
}

}  // namespace sluice::actors
