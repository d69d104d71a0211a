#include "actors/connection/supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actors/catalog/catalog_timeout.hpp"
#include "messages/handlers.hpp"
#include "runtime/config/destination_kind.hpp"
#include "runtime/config/text_hash.hpp"
#include "runtime/fault/fail_point.hpp"

namespace sluice::actors {
namespace {

using namespace std::chrono_literals;

/// How often threads that hang are looked at.
constexpr auto look_at_hung = 1s;
/// The longest that `await` keeps a caller waiting.
constexpr std::uint32_t max_await_ms = 60'000;
/// While so many wait already, as nobody who follows a run would: a caller that went away does not
/// take its place with it.
constexpr std::size_t many_waiters = 256;
constexpr std::uint32_t max_await_in_crowd_ms = 1'000;

/// Of what its ledger is; empty if that cannot be told now.
std::string identity_of(const config::connection_config& config) {
  try {
    return config::text_hash(config.ledger_identity());
  } catch (const failure&) {
    return "";  // a reference has no value: the run that fails for it tells
  }
}

supervisor_state::settings settings_of(const config::connection_config& config) {
  const auto write = config.mode == sync_mode::insert ? operation::insert : operation::update;
  return {.connection = config.name,
          .mode = config.mode,
          .writers = config.delivery.writers,
          .mapping_identity = config.mapping_identity(),
          .upsert_rate = config::rows_per_second(config.destination, write),
          .delete_rate = config::rows_per_second(config.destination, operation::erase),
          .schedule = config.schedule,
          .assume_initially = config.initial == config::initial_backfill::assume_synced,
          .by_cursor = config.source.cursor.has_value(),
          .ledger_identity = identity_of(config),
          .late = config::late_after(config.notify),
          .max_rejected_percent = config.max_rejected_percent,
          .writer_patience = active_run::hung_after + config::request_timeout(config.destination)};
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

supervisor_body::~supervisor_body() {
  const auto gone = to_caf({errc::internal, "run", state_ ? connection() : "",
                            "what supervises the connection died",
                            "it is started again; the log tells why it died"});
  const auto tell = [&](promise& answer) {
    if (answer.pending()) answer.deliver(gone);
  };
  for (auto& [run, answer] : starting_) tell(answer);
  for (auto& [id, waits] : waiters_) tell(waits.answer);
}

void supervisor_body::init(supervisor_actor::pointer self, supervisor_args args) {
  self_ = self;
  args_ = std::move(args);
  const auto& config = args_.services->config;
  state_.emplace(settings_of(config), std::move(args_.known.memory),
                 std::move(args_.known.last_run));
  state_->listed(args_.known.rejected_rows);
  watch_hung();
  if (const auto leader = schedule::leader_of(config.schedule); !leader.empty())
    self_->send(args_.succession, follow_atom_v, leader);
  perform(state_->keep_schedule(now()));
  keep_schedule();
  watch_lateness();
}

// -- commands -------------------------------------------------------------------------------------

caf::result<run_record> supervisor_body::start(const start_options& options) {
  watch_hung();
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

caf::result<run_record> supervisor_body::stop(const stop_options& options) {
  auto decided = state_->stop(options.abandon, now(), options.requested_by);
  if (decided.refused) return to_caf(decided.refused);
  log(run_).info("stop requested by {}{}",
                 options.requested_by.empty() ? "?" : options.requested_by,
                 options.abandon ? ", without a drain" : "");
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
  const auto longest = waiters_.size() < many_waiters ? max_await_ms : max_await_in_crowd_ms;
  after(std::chrono::milliseconds{std::min(milliseconds, longest)}, [this, id] {
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
  watch_lateness();
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
  state_->listed(0);
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
  self_->request<urgent>(args_.catalog, catalog_timeout, std::move(message)...)
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
  s.restarts = args_.restarts;
  return s;
}

void supervisor_body::watch_hung() {
  auto before = std::exchange(hung_, args_.services->hung->of(connection()));
  for (const auto& h : before)
    if (std::find(hung_.begin(), hung_.end(), h) == hung_.end())
      log(h.run).warning("the {} is back", h.who);
  state_->hanging(hung_);
  if (hung_.empty()) return;
  after(look_at_hung, [this, timer = last_timer_ + 1] {
    if (timer == hung_timer_) watch_hung();
  });
  hung_timer_ = last_timer_;
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

void supervisor_body::watch_lateness() {
  late_timer_ = 0;
  perform(state_->look_late(now()));
  const auto wait = state_->late_after(now());
  if (!wait) return;
  after(*wait, [this, timer = last_timer_ + 1] {
    if (timer == late_timer_) watch_lateness();
  });
  late_timer_ = last_timer_;
}

void supervisor_body::due() {
  perform(state_->due(args_.services->new_run_id(), now()));
  keep_schedule();
}

// -- reports --------------------------------------------------------------------------------------

void supervisor_body::writer_failed(std::uint32_t, const error& why) {
  perform(state_->writer_failed(why, now()));
}

void supervisor_body::halted(const reading_halted& h) {
  if (state_->state() == connection_state::draining) fault::pass(fault::point::drain_began);
  perform(state_->halted(h, now()));
}

void supervisor_body::settled(const batch_settled& b) {
  if (hears())
    perform(state_->settled(b));
  else
    state_->ledger_reached(b);
}

void supervisor_body::drained(const writer_drained& report) {
  crew_.writer_done(report.writer);
  perform(state_->drained(report, now()));
}

void supervisor_body::ledger_settled(std::uint64_t rows, const ledger_position& at, bool exact) {
  crew_.reader_done();
  perform(state_->ledger_settled(rows, {at, exact}, now()));
}

void supervisor_body::down(const caf::down_msg& dm) {
  preview_.down(dm);
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

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_body> self,
                                           supervisor_args args) {
  auto& body = self->state;
  install_handlers(*self, "supervise", args.services->config.name);
  body.init(self, std::move(args));
  self->set_down_handler([self](caf::down_msg& dm) { self->state.down(dm); });
  return {
      [self](start_atom, const start_options& o) { return self->state.start(o); },
      [self](stop_atom, const stop_options& o) { return self->state.stop(o); },
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
      // Reader and writers: only those of the present run. One that was set aside may be back.
      [self](const model_opened& m) {
        if (self->state.hears()) self->state.opened(m);
      },
      [self](run_phase phase, const std::string& waiting_for) {
        if (self->state.hears()) self->state.entered(phase, waiting_for);
      },
      [self](const read_progress& p) {
        if (self->state.hears()) self->state.progressed(p);
      },
      [self](const reading_halted& h) {
        if (self->state.hears()) self->state.halted(h);
      },
      [self](save_atom, const ledger_position& at) { return self->state.ledger_at(at); },
      [self](settle_atom, std::uint64_t rows, const ledger_position& at, bool exact) {
        if (self->state.hears()) self->state.ledger_settled(rows, at, exact);
      },
      [self](const batch_settled& b) { self->state.settled(b); },
      [self](confirmed_atom, std::uint32_t writer, std::uint64_t rows) {
        if (self->state.hears()) self->state.confirmed(writer, rows);
      },
      [self](failed_atom, std::uint32_t number, const error& why) {
        if (self->state.hears()) self->state.writer_failed(number, why);
      },
      [self](const writer_drained& report) {
        if (self->state.hears()) self->state.drained(report);
      },
      [self](tick_atom, std::uint64_t timer) { self->state.tick(timer); },
  };
}

}  // namespace sluice::actors
