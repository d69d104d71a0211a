#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

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

supervisor_state::settings settings_of(const config::connection_config& config) {
  const auto write = config.mode == sync_mode::insert ? operation::insert : operation::update;
  return {.connection = config.name,
          .mode = config.mode,
          .writers = config.delivery.writers,
          .mapping_identity = config.mapping_identity(),
          .upsert_rate = rate_of(config.destination, write),
          .delete_rate = rate_of(config.destination, operation::erase),
          .schedule = config.schedule,
          .assume_initially = config.initial == config::initial_backfill::assume_synced,
          .by_cursor = config.source.cursor.has_value()};
}

/// Whom the connection follows; empty if nobody.
std::string leader_of(const config::connection_config& config) {
  const auto* const after = std::get_if<schedule::after>(&config.schedule);
  return after == nullptr ? "" : after->connection;
}

/// Whether rows of `b` come from elsewhere than those of `a`, go elsewhere or have another key: a
/// run of `a` is then of no use to `b`.
bool moves_other_rows(const config::connection_config& a, const config::connection_config& b) {
  try {
    return a.ledger_identity() != b.ledger_identity();
  } catch (const failure&) {
    return true;  // a reference has no value: the run that fails for it tells
  }
}

}  // namespace

void supervisor_body::init(supervisor_actor::pointer self, supervisor_args args) {
  self_ = self;
  args_ = std::move(args);
  const auto& config = args_.services->config;
  state_.emplace(settings_of(config), std::move(args_.known.memory),
                 std::move(args_.known.last_run));
  if (const auto leader = leader_of(config); !leader.empty())
    self_->send(args_.succession, follow_atom_v, leader);
  perform(state_->keep_schedule(now()));
  keep_schedule();
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

caf::result<connection_status> supervisor_body::enable(bool on) {
  if (on) {
    state_->enable(now());
  } else {
    perform(state_->disable(now()));
  }
  log(run_).info("{}", on ? "enabled" : "disabled");
  keep_schedule();
  return status_once_saved(on ? "enable" : "disable", save_atom_v, state_->memory());
}

caf::result<connection_status> supervisor_body::reset() {
  if (auto refused = state_->refuse_reset()) return to_caf(refused);
  try {
    args_.services->forget_ledger();
  } catch (...) {
    return to_caf(error_from(std::current_exception(), "forget ledger", connection()));
  }
  state_->reset();
  args_.known.rejected_rows = 0;
  log(run_).warning("the ledger was forgotten on request: the next run delivers every row");
  return status_once_saved("reset", forget_atom_v, state_->memory());
}

caf::result<preview_result> supervisor_body::preview(const preview_options& options) {
  return preview_.begin(self_, args_.services, args_.catalog, state_->foresee(options.full, now()),
                        options);
}

template <class... Message>
caf::result<connection_status> supervisor_body::status_once_saved(const char* operation,
                                                                  Message... message) {
  auto answer = self_->make_response_promise<connection_status>();
  self_->request(args_.catalog, catalog_timeout, std::move(message)...)
      .then([this, answer](bool) mutable { answer.deliver(status()); },
            [this, answer, operation](const caf::error& e) mutable {
              auto why = to_error(e, operation);
              why.hint = "it holds until the node ends; " + why.hint;
              log(run_).error("{}", why.text());
              answer.deliver(to_caf(why));
            });
  return answer;
}

bool supervisor_body::reconfigure(const changed_connection& changed) {
  next_services_ = changed.services;
  const auto& next = next_services_->config;
  const bool restart = !run_.empty() && moves_other_rows(args_.services->config, next);
  perform(state_->reconfigure(settings_of(next), restart, now()));
  return restart;
}

bool supervisor_body::shutdown(bool abandon) {
  preview_.close({errc::shutting_down, "preview", connection(),
                  "it is being removed or the node is ending", ""});
  perform(state_->shutdown(abandon, now()));
  return !run_.empty();
}

connection_status supervisor_body::status() const {
  auto s = state_->status();
  s.node = args_.services->node;
  s.rejected_rows = args_.known.rejected_rows;
  return s;
}

// -- the schedule ---------------------------------------------------------------------------------

void supervisor_body::keep_schedule() {
  const auto wait = state_->wake_after(now());
  wake_timer_ = 0;
  if (!wait) return;
  after(*wait, [this, timer = last_timer_ + 1] {
    if (timer != wake_timer_) return;
    perform(state_->wake(args_.services->new_run_id(), now()));
    keep_schedule();
  });
  wake_timer_ = last_timer_;
}

void supervisor_body::due() { perform(state_->due(args_.services->new_run_id(), now())); }

// -- reports --------------------------------------------------------------------------------------

void supervisor_body::writer_failed(std::uint32_t, const error& why) {
  perform(state_->writer_failed(why, now()));
}

void supervisor_body::halted(const reading_halted& h) {
  if (state_->state() == connection_state::draining) fault::pass(fault::point::drain_began);
  perform(state_->halted(h, now()));
}

void supervisor_body::drained(const writer_drained& report) {
  crew_.writer_done(report.writer);
  perform(state_->drained(report, now()));
}

void supervisor_body::ledger_settled(std::uint64_t rows) {
  crew_.reader_done();
  perform(state_->ledger_settled(rows, now()));
}

void supervisor_body::down(const caf::down_msg& dm) {
  preview_.client_down(dm.source);
  if (const auto owner = postponed_by_.find(dm.source); owner != postponed_by_.end()) {
    state_->withdraw(owner->second);
    postponed_by_.erase(owner);
  }
  const auto who = crew_.crashed(dm.source);
  if (!who) return;
  if (who->is == run_actors::kind::reader) {
    perform(state_->reader_down(to_error(dm.reason, "read model"), now()));
  } else {
    perform(state_->writer_down(who->number, to_error(dm.reason, "deliver"), now()));
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
  crew_.spawn(self_, args_.services, args_.catalog, a);
  keep_recording(run_);
}

void supervisor_body::perform(const action::cancel_reader&) {
  log(run_).info("halting the reader");
  crew_.cancel_reader(self_);
}

void supervisor_body::perform(const action::end_rows& a) { crew_.end_rows(self_, a.writers); }

void supervisor_body::perform(const action::abandon_writers&) {
  log(run_).warning("giving up the drain: what is not delivered yet stays undelivered");
  crew_.abandon_writers(self_);
}

void supervisor_body::perform(const action::arm_drain_timer& a) {
  after(args_.services->config.delivery.drain_timeout,
        [this, run = a.run] { perform(state_->drain_timed_out(run)); });
}

void supervisor_body::perform(const action::settle_ledger& a) {
  crew_.settle_ledger(self_, a.merge);
}

void supervisor_body::perform(const action::close_run& a) {
  fault::pass(fault::point::before_run_end);
  crew_.release();
  self_->request(args_.catalog, catalog_timeout, close_atom_v, a.run, a.memory, a.settles)
      .then(
          [this](std::uint64_t rejected_rows) {
            args_.known.rejected_rows = rejected_rows;
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
  log_end(a.ended.run);
  run_.clear();
  answer_waiters(a.ended.run.run, a.ended.run);
  args_.services->announce(a.ended);
  self_->send(args_.succession, ended_atom_v, a.ended.run);
}

void supervisor_body::log_end(const run_record& run) const {
  const auto& c = run.counters;
  const auto line = log(run.run);
  for (const auto& warning : run.warnings) line.warning("{}", warning);
  if (run.failed) line.error("{}", run.failed.text());
  line.info("run {}: read {}, unchanged {}, invalid {}, delivered {}, rejected {}, undelivered {}",
            to_string(run.state), c.read, c.unchanged, c.invalid, c.delivered, c.rejected,
            c.undelivered);
}

void supervisor_body::perform(const action::record_skipped& a) {
  log(a.run.run).warning("run skipped: {}", a.run.failed.text());
  args_.services->announce({a.run});
  self_->request(args_.catalog, catalog_timeout, skip_atom_v, a.run, a.memory)
      .then([](bool) {},
            [this, run = a.run.run](const caf::error& e) {
              log(run).error("{}", to_error(e, "record a skipped run").text());
            });
}

void supervisor_body::perform(const action::save_memory& a) {
  self_->request(args_.catalog, catalog_timeout, save_atom_v, a.memory)
      .then([](bool) {},
            [this](const caf::error& e) {
              log(run_).error("{}", to_error(e, "record the connection's state").text());
            });
}

void supervisor_body::perform(const action::adopt_configuration&) {
  const auto before = leader_of(args_.services->config);
  args_.services = std::exchange(next_services_, nullptr);
  if (const auto leader = leader_of(args_.services->config); leader != before)
    self_->send(args_.succession, follow_atom_v, leader);
  keep_schedule();
}

void supervisor_body::perform(const action::warn_set_back& a) {
  log(run_).warning("the clock was set back by {} s: the schedule goes on from the new time",
                    std::chrono::duration_cast<std::chrono::seconds>(a.by).count());
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
      [self](enable_atom, bool on) { return self->state.enable(on); },
      [self](reset_atom) { return self->state.reset(); },
      [self](preview_atom, const preview_options& o) { return self->state.preview(o); },
      [self](reload_atom, const changed_connection& c) { return self->state.reconfigure(c); },
      [self](due_atom) { self->state.due(); },
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
