#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actors/reader.hpp"
#include "actors/writer.hpp"
#include "messages/handlers.hpp"
#include "runtime/fault/fail_point.hpp"

namespace sluice::actors {
namespace {

/// The catalog answers in milliseconds; a minute means that its disk hangs.
constexpr std::chrono::seconds catalog_timeout{60};
/// How long to wait before the end of a run is offered to a failing catalog again.
constexpr std::chrono::seconds retry_close_after{5};
/// How often an active run is recorded: what a crash takes from the history is what came since.
constexpr std::chrono::seconds record_interval{2};
/// The longest that `await` keeps a caller waiting.
constexpr std::uint32_t max_await_ms = 60'000;

std::optional<double> rate_of(const config::destination_config& destination, operation op) {
  const auto* const http = std::get_if<config::http_config>(&destination.kind);
  return http == nullptr ? std::nullopt : config::rows_per_second(*http, op);
}

}  // namespace

void supervisor_body::init(supervisor_actor::pointer self, supervisor_args args) {
  self_ = self;
  args_ = std::move(args);
  const auto& config = args_.services->config;
  state_.emplace(supervisor_state::settings{config.name, config.mode, config.delivery.writers,
                                            config.mapping_identity(),
                                            rate_of(config.destination, operation::update),
                                            rate_of(config.destination, operation::erase)},
                 args_.memory, args_.last_run);
}

// -- commands -------------------------------------------------------------------------------------

caf::result<run_record> supervisor_body::start(const start_options& options) {
  const auto run = args_.services->new_run_id();
  auto decided = state_->start(options, run, now());
  if (decided.refused) return to_caf(decided.refused);
  if (decided.run.state == run_state::postponed) {
    // Whoever waits may go away; nobody then expects the run any more.
    if (const auto& owner = self_->current_sender()) {
      self_->monitor(owner);
      postponed_by_.emplace(owner->address(), run);
    }
    return decided.run;
  }
  auto answer = self_->make_response_promise<run_record>();
  starting_.emplace(run, answer);
  perform(decided.todo);
  return answer;
}

caf::result<run_record> supervisor_body::stop(bool abandon) {
  auto decided = state_->stop(abandon, now());
  if (decided.refused) return to_caf(decided.refused);
  perform(decided.todo);
  return decided.run;
}

caf::result<run_record> supervisor_body::await(const std::string& run, std::uint32_t milliseconds) {
  const auto record = state_->find(run);
  if (!record) {
    auto answer = self_->make_response_promise<run_record>();
    self_->request(args_.catalog, catalog_timeout, find_atom_v, connection(), run)
        .then([answer](const run_record& r) mutable { answer.deliver(r); },
              [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
    return answer;
  }
  if (has_ended(record->state) && run != run_) return *record;
  auto answer = self_->make_response_promise<run_record>();
  const auto id = last_timer_ + 1;  // the id that `after` gives to the time-out of this wait
  waiters_.emplace(id, waiter{run, answer});
  after(std::chrono::milliseconds{std::min(milliseconds, max_await_ms)}, [this, id] {
    const auto found = waiters_.find(id);
    if (found == waiters_.end()) return;
    auto w = std::move(found->second);
    waiters_.erase(found);
    if (const auto current = state_->find(w.run)) {
      w.answer.deliver(*current);
    } else {
      w.answer.deliver(
          to_caf({errc::cancelled, "await run", w.run, "its start was withdrawn", ""}));
    }
  });
  return answer;
}

caf::result<std::vector<run_record>> supervisor_body::runs(std::uint32_t limit,
                                                           const std::string& before) {
  auto answer = self_->make_response_promise<std::vector<run_record>>();
  self_->request(args_.catalog, catalog_timeout, runs_atom_v, connection(), limit, before)
      .then(
          [this, answer](std::vector<run_record>& found) mutable {
            // The catalog knows a run's beginning and end; what is between is known here.
            for (auto& r : found)
              if (const auto current = state_->find(r.run)) r = *current;
            answer.deliver(std::move(found));
          },
          [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

caf::result<std::vector<rejected_row>> supervisor_body::rejected(std::uint32_t limit) {
  // Not delegated: CAF registers whoever answers a remote client, and does not always let go of it
  // again. The catalog has a thread of its own, which an actor system that ends would await for
  // ever.
  auto answer = self_->make_response_promise<std::vector<rejected_row>>();
  self_->request(args_.catalog, catalog_timeout, rejected_atom_v, connection(), limit)
      .then(
          [answer](std::vector<rejected_row>& found) mutable { answer.deliver(std::move(found)); },
          [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

bool supervisor_body::shutdown(bool abandon) {
  perform(state_->shutdown(abandon, now()));
  return !run_.empty();
}

connection_status supervisor_body::status() const {
  auto s = state_->status();
  s.node = args_.services->node;
  s.rejected_rows = args_.rejected_rows;
  return s;
}

std::vector<caf::strong_actor_ptr> supervisor_body::children() const {
  std::vector<caf::strong_actor_ptr> alive;
  for (const auto& [address, role] : children_)
    alive.push_back(caf::actor_cast<caf::strong_actor_ptr>(address));
  return alive;
}

// -- reports --------------------------------------------------------------------------------------

void supervisor_body::writer_failed(std::uint32_t, const error& why) {
  perform(state_->writer_failed(why, now()));
}

void supervisor_body::halted(const reading_halted& h) {
  if (state_->state() == connection_state::draining) fault::pass(fault::point::drain_began);
  perform(state_->halted(h, now()));
}

void supervisor_body::drained(const writer_drained& report) {
  children_.erase(writers_[report.writer].address());
  perform(state_->drained(report, now()));
}

void supervisor_body::ledger_settled(std::uint64_t rows) {
  children_.erase(reader_.address());
  perform(state_->ledger_settled(rows, now()));
}

void supervisor_body::down(const caf::down_msg& dm) {
  if (const auto owner = postponed_by_.find(dm.source); owner != postponed_by_.end()) {
    state_->withdraw(owner->second);
    postponed_by_.erase(owner);
  }
  const auto found = children_.find(dm.source);
  if (found == children_.end()) return;
  const auto role = found->second;
  children_.erase(found);
  const auto why = to_error(dm.reason, role.kind == child::reader ? "read model" : "deliver");
  if (role.kind == child::reader) {
    perform(state_->reader_down(why, now()));
  } else {
    perform(state_->writer_down(role.number, why, now()));
  }
}

void supervisor_body::tick(std::uint64_t timer) {
  const auto found = timers_.find(timer);
  if (found == timers_.end()) return;
  const auto then = std::move(found->second);
  timers_.erase(found);
  then();
}

// -- actions --------------------------------------------------------------------------------------

void supervisor_body::perform(const actions& todo) {
  for (const auto& a : todo) std::visit([this](const auto& one) { perform(one); }, a);
}

void supervisor_body::perform(const action::record_run& a) {
  run_ = a.run.run;
  self_->request(args_.catalog, catalog_timeout, open_atom_v, a.run, a.memory)
      .then([this](bool) { perform(state_->recorded(now())); },
            [this](const caf::error& e) {
              perform(state_->not_recorded(to_error(e, "record the run")));
            });
}

void supervisor_body::perform(const action::acquire_slot& a) {
  self_->request(args_.slots, caf::infinite, acquire_atom_v, run_, wire::from_time(a.due))
      .then([this, run = run_](bool) {
        if (run == run_) perform(state_->slot_granted());
      });
}

void supervisor_body::perform(const action::release_slot&) {
  self_->send(args_.slots, release_atom_v, run_);
}

void supervisor_body::perform(const action::spawn_run& a) {
  fault::pass(fault::point::after_run_record);
  stop_reading_ = {};
  stop_writing_ = {};
  writers_.clear();
  const auto& services = args_.services;
  const auto me = caf::actor_cast<supervisor_actor>(self_);
  for (std::uint32_t i = 0; i < services->config.delivery.writers; ++i) {
    writer_args args{services, i, me, args_.catalog, stop_writing_.get_token()};
    writers_.push_back(services->own_threads
                           ? self_->spawn<caf::detached + caf::monitored>(writer, std::move(args))
                           : self_->spawn<caf::monitored>(writer, std::move(args)));
    children_[writers_.back().address()] = {child::writer, i};
  }
  reader_args args{services,      a.run,    a.allow_deletes,          me,
                   args_.catalog, writers_, stop_reading_.get_token()};
  reader_ = services->own_threads
                ? self_->spawn<caf::detached + caf::monitored>(reader, std::move(args))
                : self_->spawn<caf::monitored>(reader, std::move(args));
  children_[reader_.address()] = {child::reader, 0};
  keep_recording(run_);
}

void supervisor_body::perform(const action::cancel_reader&) {
  log(run_).info("halting the reader");
  stop_reading_.request_stop();
  self_->send<caf::message_priority::high>(reader_, cancel_atom_v);
}

void supervisor_body::perform(const action::end_rows& a) {
  for (const auto i : a.writers) self_->send(writers_[i], end_rows_atom_v, pass_end::failed);
}

void supervisor_body::perform(const action::abandon_writers&) {
  log(run_).warning("giving up the drain: what is not delivered yet stays undelivered");
  stop_writing_.request_stop();
  for (const auto& w : writers_) self_->send<caf::message_priority::high>(w, abandon_atom_v);
}

void supervisor_body::perform(const action::arm_drain_timer& a) {
  after(args_.services->config.delivery.drain_timeout,
        [this, serial = a.serial] { perform(state_->drain_timed_out(serial)); });
}

void supervisor_body::perform(const action::settle_ledger& a) {
  self_->send(reader_, settle_atom_v, a.merge);
}

void supervisor_body::perform(const action::close_run& a) {
  fault::pass(fault::point::before_run_end);
  reader_ = reader_actor{};
  writers_.clear();
  self_->request(args_.catalog, catalog_timeout, close_atom_v, a.run, a.memory, a.settles)
      .then(
          [this](std::uint64_t rejected_rows) {
            args_.rejected_rows = rejected_rows;
            perform(state_->closed(now()));
          },
          [this](const caf::error& e) {
            perform(state_->not_closed(to_error(e, "record the end of the run")));
          });
}

void supervisor_body::perform(const action::retry_close&) {
  after(retry_close_after, [this] { perform(state_->retry_close()); });
}

void supervisor_body::perform(const action::announce_start& a) {
  log(a.run.run).info("{} run began, mode {}", to_string(a.run.type), to_string(a.run.mode));
  // A postponed start was answered when it was postponed.
  std::erase_if(postponed_by_, [&](const auto& p) { return p.second == a.run.run; });
  if (auto found = starting_.extract(a.run.run)) found.mapped().deliver(a.run);
}

void supervisor_body::perform(const action::refuse_start& a) {
  log(a.run).error("run not started: {}", a.why.text());
  if (auto found = starting_.extract(a.run)) found.mapped().deliver(to_caf(a.why));
  for (auto i = waiters_.begin(); i != waiters_.end();) {
    if (i->second.run == a.run) {
      i->second.answer.deliver(to_caf(a.why));
      i = waiters_.erase(i);
    } else {
      ++i;
    }
  }
}

void supervisor_body::perform(const action::announce_end& a) {
  const auto& c = a.run.counters;
  const auto line = log(a.run.run);
  for (const auto& warning : a.run.warnings) line.warning("{}", warning);
  if (a.run.failed) line.error("{}", a.run.failed.text());
  line.info("run {}: read {}, unchanged {}, invalid {}, delivered {}, rejected {}, undelivered {}",
            to_string(a.run.state), c.read, c.unchanged, c.invalid, c.delivered, c.rejected,
            c.undelivered);
  run_.clear();
  answer_waiters(a.run.run, a.run);
}

void supervisor_body::perform(const action::quit&) { self_->quit(); }

void supervisor_body::keep_recording(const std::string& run) {
  after(record_interval, [this, run] {
    const auto record = state_->find(run);
    if (run != run_ || !record || has_ended(record->state)) return;
    // The next one only after the answer: a slow catalog is not flooded.
    self_->request(args_.catalog, catalog_timeout, update_atom_v, *record)
        .then([this, run](bool) { keep_recording(run); },
              [this, run](const caf::error& e) {
                log(run).warning("{}", to_error(e, "record the progress of the run").text());
                keep_recording(run);
              });
  });
}

void supervisor_body::answer_waiters(const std::string& run, const run_record& record) {
  for (auto i = waiters_.begin(); i != waiters_.end();) {
    if (i->second.run == run) {
      i->second.answer.deliver(record);
      timers_.erase(i->first);
      i = waiters_.erase(i);
    } else {
      ++i;
    }
  }
}

void supervisor_body::after(std::chrono::milliseconds delay, std::function<void()> then) {
  timers_.emplace(++last_timer_, std::move(then));
  self_->delayed_send(self_, delay, tick_atom_v, last_timer_);
}

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_body> self,
                                           supervisor_args args) {
  auto& body = self->state;
  install_handlers(*self, "supervise", args.services->config.name);
  body.init(self, std::move(args));
  self->set_down_handler([self](caf::down_msg& dm) { self->state.down(dm); });
  return {
      [self](start_atom, const start_options& o) { return self->state.start(o); },
      [self](stop_atom, bool abandon) { return self->state.stop(abandon); },
      [self](await_atom, const std::string& run, std::uint32_t ms) {
        return self->state.await(run, ms);
      },
      [self](status_atom) { return self->state.status(); },
      [self](runs_atom, std::uint32_t limit, const std::string& before) {
        return self->state.runs(limit, before);
      },
      [self](rejected_atom, std::uint32_t limit) { return self->state.rejected(limit); },
      [self](shutdown_atom, bool abandon) { return self->state.shutdown(abandon); },
      [self](const model_opened& m) { self->state.opened(m); },
      [self](const read_progress& p) { self->state.progressed(p); },
      [self](const reading_halted& h) { self->state.halted(h); },
      [self](settle_atom, std::uint64_t rows) { self->state.ledger_settled(rows); },
      [self](const batch_settled& b) { self->state.settled(b); },
      [self](failed_atom, std::uint32_t number, const error& why) {
        self->state.writer_failed(number, why);
      },
      [self](const writer_drained& report) { self->state.drained(report); },
      [self](tick_atom, std::uint64_t timer) { self->state.tick(timer); },
  };
}

}  // namespace sluice::actors
