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

/// How often hanging threads are looked at.
constexpr auto look_at_hung = 1s;
/// Of each kind in a preview, whatever is asked for: they are held in memory.
constexpr std::uint32_t most_samples = 100;

/// The identity of the connection's ledger; empty if it is not known now.
std::string identity_of(const config::connection_config& config) {
  try {
    return config::text_hash(config.ledger_identity());
  } catch (const failure&) {
    return "";  // a reference has no value: the run will fail and report it
  }
}

connection_machine::settings settings_of(const config::connection_config& config) {
  const auto write = config.mode == sync_mode::insert ? operation::insert : operation::update;
  return {
      .connection = config.name,
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
      .writer_patience = active_run::obeys_within + config::request_timeout(config.destination)};
}

/// Whether `b` has another source, destination or key than `a`: then a run of `a` is useless for
/// `b`.
bool moves_other_rows(const config::connection_config& a, const config::connection_config& b) {
  try {
    return a.ledger_identity() != b.ledger_identity();
  } catch (const failure&) {
    return true;  // a reference has no value: the run will fail and report it
  }
}

}  // namespace

supervisor_state::~supervisor_state() {
  const auto gone = to_caf({errc::internal, "run", machine_ ? connection() : "",
                            "what supervises the connection died",
                            "it is started again; the log tells why it died"});
  const auto tell = [&](promise& answer) {
    if (answer.pending()) answer.deliver(gone);
  };
  for (auto& [run, answer] : starting_) tell(answer);
  for (auto& [id, waits] : waiters_) tell(waits.answer);
}

void supervisor_state::init(supervisor_actor::pointer self, supervisor_args args) {
  self_ = self;
  watching_.emplace(self);
  args_ = std::move(args);
  const auto& config = args_.services->config;
  machine_.emplace(settings_of(config), std::move(args_.known.memory),
                   std::move(args_.known.last_run));
  machine_->listed(row_count(args_.known.rejected_rows));
  watch_hung();
  if (const auto leader = schedule::leader_of(config.schedule); !leader.empty())
    self_->send(args_.succession, follow_atom_v, leader);
  perform(machine_->keep_schedule(now()));
  keep_schedule();
  watch_lateness();
}

// -- commands -------------------------------------------------------------------------------------

caf::result<run_record> supervisor_state::answer(const command::start& c, const waiting& who) {
  auto answer = self_->make_response_promise<run_record>();
  if (!c.how.once) {
    start(c.how, who, {}, answer);
    return answer;
  }
  self_->request<urgent>(args_.catalog, catalog_timeout, find_atom_v, connection(), c.how.once)
      .then([this, how = c.how, who,
             answer](const known_start& recorded) { start(how, who, recorded, answer); },
            [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

void supervisor_state::start(const start_options& how, const waiting& who,
                             const known_start& recorded, promise answer) {
  watch_hung();
  const auto run = args_.services->new_run_id();
  auto decided = machine_->start(how, run, now(), recorded);
  if (decided.refused) {
    answer.deliver(to_caf(decided.refused));
  } else if (decided.again) {
    answer.deliver(decided.run);
  } else if (decided.run.state == run_state::postponed) {
    // The waiting actor may end; then the run is no longer wanted.
    postponed_.emplace(run, watching_->watch(who.by));
    answer.deliver(decided.run);
  } else {
    starting_.emplace(run, answer);
    perform(decided.todo);
  }
}

caf::result<run_record> supervisor_state::answer(const command::stop& c) {
  auto decided = machine_->stop(c.how, now());
  if (decided.refused) return to_caf(decided.refused);
  log(decided.run.run)
      .info("stop requested by {}{}", c.how.requested_by.empty() ? "?" : c.how.requested_by,
            c.how.abandon ? ", without a drain" : "");
  perform(decided.todo);
  return decided.run;
}

caf::result<connection_status> supervisor_state::answer(const command::enable&) {
  machine_->enable(now());
  return enabled_changed();
}

caf::result<connection_status> supervisor_state::answer(const command::disable&) {
  perform(machine_->disable(now()));
  return enabled_changed();
}

caf::result<connection_status> supervisor_state::enabled_changed() {
  const bool enabled = machine_->memory().enabled;
  log(run_).info("{}", enabled ? "enabled" : "disabled");
  keep_schedule();
  watch_lateness();
  return status_once_saved(enabled ? "enable" : "disable", save_atom_v, machine_->memory());
}

caf::result<connection_status> supervisor_state::answer(const command::reset&) {
  if (auto refused = machine_->refuse_reset()) return to_caf(refused);
  try {
    args_.services->forget_ledger();
  } catch (...) {
    return to_caf(error_from(std::current_exception(), "forget ledger", connection()));
  }
  machine_->reset();
  args_.known.rejected_rows = 0;
  machine_->listed(row_count{0});
  log(run_).warning("the ledger was forgotten on request: the next run delivers every row");
  return status_once_saved("reset", forget_atom_v, machine_->memory());
}

caf::result<preview_result> supervisor_state::answer(const command::preview& c,
                                                     const waiting& who) {
  auto how = c.how;
  how.samples = std::min(how.samples, most_samples);
  return preview_.begin(self_, args_.services, args_.catalog, machine_->foresee(how.full, now()),
                        how, watching_->watch(who.by));
}

connection_status supervisor_state::answer(const command::status&) const { return status(); }

template <class... Message>
caf::result<connection_status> supervisor_state::status_once_saved(const char* operation,
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

bool supervisor_state::reconfigure(const changed_connection& changed) {
  next_services_ = changed.services;
  const auto& next = next_services_->config;
  const bool restart = !run_.empty() && moves_other_rows(args_.services->config, next);
  perform(machine_->reconfigure(settings_of(next), restart, now()));
  return restart;
}

bool supervisor_state::shutdown(bool abandon) {
  preview_.close({errc::shutting_down, "preview", connection(),
                  "it is being removed or the node is ending", ""});
  perform(machine_->shutdown(abandon, now()));
  return !run_.empty();
}

connection_status supervisor_state::status() const {
  auto s = machine_->status();
  s.node = args_.services->node;
  s.rejected_rows = args_.known.rejected_rows;
  s.restarts = args_.restarts;
  if (s.run && !has_ended(s.run->state)) s.requests = args_.services->activity->flow();
  return s;
}

void supervisor_state::watch_hung() {
  auto before = std::exchange(hung_, args_.services->hung->of(connection()));
  for (const auto& h : before)
    if (std::find(hung_.begin(), hung_.end(), h) == hung_.end())
      log(h.run).warning("the {} is back", h.who);
  machine_->hanging(hung_);
  if (hung_.empty()) return;
  put_off(hung_timer_, look_at_hung, [this] { watch_hung(); });
}

// -- the schedule ---------------------------------------------------------------------------------

void supervisor_state::keep_schedule() {
  const auto wait = machine_->wake_after(now());
  timers_.erase(wake_timer_);
  if (!wait) return;
  put_off(wake_timer_, *wait, [this] {
    perform(machine_->wake(args_.services->new_run_id(), now()));
    keep_schedule();
  });
}

void supervisor_state::watch_lateness() {
  timers_.erase(late_timer_);
  perform(machine_->look_late(now()));
  const auto wait = machine_->late_after(now());
  if (!wait) return;
  put_off(late_timer_, *wait, [this] { watch_lateness(); });
}

void supervisor_state::due() {
  perform(machine_->due(args_.services->new_run_id(), now()));
  keep_schedule();
}

// -- reports --------------------------------------------------------------------------------------

void supervisor_state::writer_failed(writer_number, const error& why) {
  perform(machine_->writer_failed(why, now()));
}

void supervisor_state::halted(const reading_halted& h) {
  if (machine_->state() == connection_state::draining) fault::pass(fault::point::drain_began);
  perform(machine_->halted(h, now()));
}

void supervisor_state::settled(const batch_settled& b) {
  if (hears())
    perform(machine_->settled(b));
  else
    machine_->ledger_reached(b);
}

void supervisor_state::drained(const writer_drained& report) {
  crew_.writer_done(report.writer);
  perform(machine_->drained(report, now()));
}

void supervisor_state::ledger_settled(row_count rows, const ledger_position& at, bool exact) {
  crew_.reader_done();
  perform(machine_->ledger_settled(rows, {at, exact}, now()));
}

void supervisor_state::down(const caf::down_msg& dm) {
  preview_.down(dm);
  std::erase_if(postponed_, [&](const auto& start) {
    const auto& [run, waits] = start;
    if (!waits || *waits != dm.source) return false;
    machine_->withdraw(run);
    return true;
  });
  const auto who = crew_.crashed(dm.source);
  if (!who) return;
  if (who->is == run_actors::kind::reader) {
    perform(machine_->reader_down(to_error(dm.reason, "read model"), now()));
  } else {
    perform(machine_->writer_down(who->number, to_error(dm.reason, "deliver"), now()));
  }
}

void supervisor_state::tick(std::uint64_t timer) {
  const auto found = timers_.find(timer);
  if (found == timers_.end()) return;
  const auto then = std::move(found->second);
  timers_.erase(found);
  then();
}

namespace {

/// The handlers of commands and of all other messages.
template <class... Commands>
supervisor_actor::behavior_type behavior_of(
    supervisor_actor::stateful_pointer<supervisor_state> self, command::pack<Commands...>) {
  const auto answer = [self](const auto&... command) { return self->state.answer(command...); };
  return {
      command::handler<Commands>(answer)...,
      [self](reload_atom, const changed_connection& c) { return self->state.reconfigure(c); },
      [self](due_atom) { self->state.due(); },
      [self](shutdown_atom, bool abandon) { return self->state.shutdown(abandon); },
      // From reader and writers: only from those of the present run. An actor that was set aside
      // may have come back.
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
      [self](settle_atom, row_count rows, const ledger_position& at, bool exact) {
        if (self->state.hears()) self->state.ledger_settled(rows, at, exact);
      },
      [self](const batch_settled& b) { self->state.settled(b); },
      [self](confirmed_atom, writer_number writer, const operation_counts& rows) {
        if (self->state.hears()) self->state.confirmed(writer, rows);
      },
      [self](failed_atom, writer_number writer, const error& why) {
        if (self->state.hears()) self->state.writer_failed(writer, why);
      },
      [self](const writer_drained& report) {
        if (self->state.hears()) self->state.drained(report);
      },
      [self](tick_atom, std::uint64_t timer) { self->state.tick(timer); },
  };
}

}  // namespace

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_args args) {
  auto& body = self->state;
  install_handlers(*self, "supervise", args.services->config.name);
  body.init(self, std::move(args));
  self->set_down_handler([self](caf::down_msg& dm) { self->state.down(dm); });
  return behavior_of(self, command::about_connections{});
}

}  // namespace sluice::actors
