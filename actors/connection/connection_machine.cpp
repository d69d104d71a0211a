#include "actors/connection/connection_machine.hpp"

#include <algorithm>
#include <utility>

#include "messages/expect.hpp"
#include "messages/utf8.hpp"

namespace sluice::actors {
namespace {

std::string plural(std::uint64_t n, const char* what, const char* ending = "s") {
  return std::to_string(n) + " " + what + (n == 1 ? "" : ending);
}

constexpr const char* mapping_warning =
    "the mapping changed since the last run: this run is full, every row is delivered anew";
constexpr const char* ledger_reason = "key, source or destination changed";

/// A run that shows whether the connection works.
bool is_judged(const run_record& run) {
  return run.state == run_state::succeeded || run.state == run_state::failed ||
         run.state == run_state::interrupted;
}

std::string bounded(const std::string& by) {
  return std::string(whole_characters(by, longest_requester));
}

/// What is wrong with how a run is to be started; null if nothing is.
const char* problem_of(const start_options& how) {
  const auto& keys = how.rows.keys;
  if (keys.empty()) return nullptr;
  if (how.full || how.assume_synced || how.rows.limit > row_count{})
    return "rows that are chosen by their keys are all that the run delivers: neither a full run "
           "nor a limit goes with them";
  if (how.rows.has_too_many()) return "too many keys: a run takes 1,000, and 12 KiB of them";
  return nullptr;
}

}  // namespace

connection_machine::connection_machine(settings s, connection_memory memory,
                                       std::optional<run_record> last_run)
    : settings_(std::move(s)), memory_(std::move(memory)), last_(std::move(last_run)) {
  memory_.connection = settings_.connection;
  if (last_ && is_judged(*last_)) judged_ = last_;
}

// -- commands -------------------------------------------------------------------------------------

run_record connection_machine::new_record(const start_options& options, run_id run,
                                          timestamp now) const {
  run_record r;
  r.run = std::move(run);
  r.connection = settings_.connection;
  r.type = options.full || options.assume_synced ? run_type::full : next_type();
  r.trigger = options.trigger;
  r.mode = settings_.mode;
  r.started_at = now;
  r.about = options.rows.in_words();
  r.requested_by = bounded(options.requested_by);
  const bool asked_for = options.full || options.assume_synced;
  if (r.type == run_type::full && !asked_for && had_run()) r.reason = next_reason();
  return r;
}

command_result connection_machine::start(const start_options& options, run_id run, timestamp now,
                                         const known_start& recorded) {
  if (options.once)
    if (auto before = started_before(options.once, recorded, now)) return *std::move(before);
  const auto refuse = [&](errc code, std::string cause, std::string hint) {
    return command_result{
        {code, "start", settings_.connection, std::move(cause), std::move(hint)}, {}, {}};
  };
  if (ending_) return refuse(errc::shutting_down, "it is being removed or the node is ending", "");
  if (!memory_.enabled)
    return refuse(errc::disabled, "the connection is disabled",
                  "`sluice enable " + settings_.connection + "` first");
  if (auto why = blocked("start"); why && !run_) return {std::move(why), {}, {}};
  if (const auto* const problem = problem_of(options)) return refuse(errc::usage, problem, "");
  if (!run_) {
    command_result d;
    d.todo = begin(now, options, std::move(run), now);
    d.run = run_->record();
    return d;
  }
  if (options.wait) {
    if (postponed_.size() >= max_postponed)
      return refuse(errc::already_running, plural(postponed_.size(), "start") + " wait already",
                    "try again when they have run");
    auto record = new_record(options, std::move(run), now);
    record.state = run_state::postponed;
    postponed_.push_back({options, record, now});
    return {{}, record, {}};
  }
  const auto& id = run_->record().run;
  if (state() == connection_state::draining)
    return refuse(errc::draining,
                  "run " + id + " drains: " + plural(run_->deltas_in_flight(), "delta") + " in " +
                      plural(run_->batches_in_flight(), "batch", "es") + " still in flight",
                  "use --wait to start when it is done, or `sluice stop --now` to give up the "
                  "drain");
  return refuse(errc::already_running, "run " + id + " is active",
                "use --wait to start when it is done, or stop it first");
}

connection_machine::planned_run connection_machine::plan(const start_options& options, run_id run,
                                                         timestamp now) const {
  planned_run p{new_record(options, std::move(run), now), memory_, {}};
  auto& [record, memory, known] = p;
  if (mapping_changed()) {
    ++memory.epoch;
    memory.continues.reset();
    record.warnings.emplace_back(mapping_warning);
  }
  if (ledger_changed()) {
    memory.continues.reset();
    memory.ledger = {};
  }
  known = memory.ledger;
  if (!had_run()) memory.assume_synced = settings_.assume_initially;
  memory.mapping_identity = settings_.mapping_identity;
  if (options.full || options.assume_synced) {
    // Epoch 1 has nothing acknowledged before it, so the very first full run keeps it.
    if (last_ || memory.continues) ++memory.epoch;
    memory.continues.reset();
    memory.assume_synced = options.assume_synced;
  }
  record.epoch = memory.epoch;
  if (record.type == run_type::full) record.continues = memory.continues;

  // A checkpoint does not cover what runs without a cursor did (deletes of a mirror, for example),
  // so it is dropped.
  if (!settings_.by_cursor) memory.read_to.reset();

  // The state that the next run begins with if the node dies in this run.
  memory.next_type = record.type;
  if (record.type == run_type::full) memory.continues = record.run;
  memory.ledger.settled = false;
  return p;
}

actions connection_machine::begin(timestamp due, const start_options& options, run_id run,
                                  timestamp now) {
  auto [record, memory, known] = plan(options, std::move(run), now);
  memory_ = std::move(memory);
  closing_ = false;
  run_once_ = options.once;
  run_due_ = due;
  last_skipped_.reset();
  run_.emplace(record, active_run::settings{.writers = settings_.writers,
                                            .allow_deletes = options.allow_deletes,
                                            .assume_synced = memory_.assume_synced,
                                            .due = due,
                                            .read_to = memory_.read_to,
                                            .ledger = known,
                                            .rows = options.rows,
                                            .upsert_rate = settings_.upsert_rate,
                                            .delete_rate = settings_.delete_rate,
                                            .max_rejected_percent = settings_.max_rejected_percent,
                                            .listed_before = listed_,
                                            .writer_patience = settings_.writer_patience});
  return {action::record_run{record, memory_, run_once_}};
}

command_result connection_machine::stop(bool abandon_drain, timestamp now, const std::string& by) {
  if (!run_)
    return {{errc::not_running, "stop", settings_.connection, "no run is active", ""}, {}, {}};
  command_result d;
  d.todo = followed(run_->stop(abandon_drain, now, bounded(by)));
  d.run = run_->present();
  return d;
}

void connection_machine::withdraw(const run_id& run) {
  std::erase_if(postponed_, [&](const postponed_start& p) { return p.record.run == run; });
}

void connection_machine::enable(timestamp now) {
  if (std::exchange(memory_.enabled, true)) return;
  start_timetable(std::nullopt, now);
}

actions connection_machine::disable(timestamp now) {
  memory_.enabled = false;
  auto todo = refuse_postponed({errc::disabled, "start", settings_.connection,
                                "the connection was disabled",
                                "`sluice enable " + settings_.connection + "` first"});
  if (run_) append(todo, stop(false, now, "disable").todo);
  return todo;
}

error connection_machine::refuse_reset() const {
  if (!run_) return blocked("reset");
  const auto draining = state() == connection_state::draining;
  return {draining ? errc::draining : errc::already_running, "reset", settings_.connection,
          "run " + run_->record().run + (draining ? " drains" : " is active"),
          draining ? "try again when it is done" : "stop it first"};
}

void connection_machine::reset() {
  expect(!refuse_reset(), "reset", "a connection without an active run");
  memory_.next_type = run_type::full;
  memory_.continues.reset();
  memory_.read_to.reset();
  memory_.assume_synced = false;
  memory_.ledger_rows = 0;
  memory_.ledger = {};
  ++memory_.epoch;
}

actions connection_machine::reconfigure(settings s, bool restart, timestamp now) {
  if (!run_) return adopt(std::move(s), now);
  next_settings_ = std::move(s);
  if (!restart) return {};
  return stop(false, now, "reload").todo;
}

actions connection_machine::adopt(settings s, timestamp now) {
  expect(!run_, "reconfigure", "no active run");
  actions todo{action::adopt_configuration{}};
  const bool same_schedule = s.schedule == settings_.schedule;
  settings_ = std::move(s);
  if (!same_schedule) {
    start_timetable(std::nullopt, now);
    todo.emplace_back(action::save_memory{memory_});
  }
  return todo;
}

actions connection_machine::shutdown(bool abandon_drain, timestamp now) {
  ending_ = true;
  auto todo = refuse_postponed({errc::shutting_down, "start", settings_.connection,
                                "it is being removed or the node is ending", ""});
  if (!run_) {
    todo.emplace_back(action::quit{});
    return todo;
  }
  append(todo, stop(abandon_drain, now, "shutdown").todo);
  return todo;
}

actions connection_machine::refuse_postponed(const error& why) {
  actions todo;
  for (auto& p : std::exchange(postponed_, {}))
    todo.emplace_back(action::refuse_start{p.record.run, why});
  return todo;
}

// -- what came of actions -------------------------------------------------------------------------

actions connection_machine::recorded(timestamp now) { return followed(active().recorded(now)); }

actions connection_machine::not_recorded(const error& why) {
  actions todo{action::refuse_start{active().record().run, why}};
  run_.reset();
  if (ending_) todo.emplace_back(action::quit{});
  return todo;
}

actions connection_machine::slot_granted() {
  if (!run_) return {};
  return run_->slot_granted();
}

actions connection_machine::closed(timestamp now) {
  const bool was_bad =
      last_ && (last_->state == run_state::failed || last_->state == run_state::interrupted);
  last_ = active().record();
  run_.reset();
  late_told_ = 0;
  run_ended ended{*last_};
  ended.recovered = was_bad && last_->state == run_state::succeeded;
  ended.before = judged_;
  ended.was_late = was_late_;
  if (last_->state == run_state::succeeded) was_late_ = false;
  if (is_judged(*last_)) judged_ = last_;
  actions todo{action::release_slot{}, action::announce_end{std::move(ended)}};
  if (ending_) {
    todo.emplace_back(action::quit{});
    return todo;
  }
  if (auto next = std::exchange(next_settings_, std::nullopt))
    append(todo, adopt(std::move(*next), now));
  if (const auto why = blocked("start")) append(todo, refuse_postponed(why));
  if (!postponed_.empty()) {
    auto next = std::move(postponed_.front());
    postponed_.pop_front();
    append(todo, begin(next.due, next.options, next.record.run, now));
  }
  return todo;
}

actions connection_machine::not_closed(const error& why) {
  active().warn(why.text());
  if (!ending_) return {action::retry_close{}};
  // The catalog still says that the run is active, so the next start of the node closes it as
  // interrupted, with the type that was recorded when it began.
  return {action::announce_end{{run_->record()}}, action::quit{}};
}

actions connection_machine::retry_close() {
  if (!run_ || run_->at() != active_run::phase::closing) return {};
  return {action::close_run{run_->record(), memory_, run_->settles()}};
}

actions connection_machine::drain_timed_out(const run_id& run) {
  if (!run_ || run_->record().run != run) return {};
  return run_->drain_timed_out();
}

actions connection_machine::hang_timed_out(const run_id& run, std::uint32_t timer, timestamp now) {
  if (!run_ || run_->record().run != run) return {};
  return followed(run_->hang_timed_out(timer, now));
}

active_run& connection_machine::active() {
  expect(run_.has_value(), "supervise run", "news of a run that is active");
  return *run_;
}

actions connection_machine::followed(actions todo) {
  if (run_->at() != active_run::phase::closing || std::exchange(closing_, true)) return todo;
  const auto& record = run_->record();
  if (run_->completed()) {
    memory_.next_type = run_type::incremental;
    memory_.continues.reset();
    memory_.assume_synced = false;
    memory_.ledger.lacks.clear();
    memory_.read_to = run_->read_to();
    hold_until_.reset();
  }
  todo.emplace_back(action::close_run{record, memory_, run_->settles()});
  return todo;
}

// -- reports from reader and writers --------------------------------------------------------------

void connection_machine::opened(const model_opened& m) {
  if (!run_) return;
  run_->opened(m);
  memory_.next_type = m.type;
  memory_.epoch = m.epoch;
  if (m.type == run_type::full) memory_.continues = run_->record().run;
  if (m.whole_source) memory_.read_to.reset();
  if (!settings_.ledger_identity.empty()) memory_.ledger_identity = settings_.ledger_identity;
  memory_.ledger = {m.ledger, false, {}, m.lacks};
}

actions connection_machine::halted(const reading_halted& h, timestamp now) {
  if (!run_) return {};
  return followed(run_->halted(h, now));
}

void connection_machine::ledger_reached(const batch_settled& b) {
  if (!b.ledger_rows) return;
  memory_.ledger_rows = *b.ledger_rows;
  memory_.ledger.at = b.ledger;
}

actions connection_machine::settled(const batch_settled& b) {
  ledger_reached(b);
  if (b.ask_again_at)
    hold_until_ = std::max(hold_until_.value_or(*b.ask_again_at), *b.ask_again_at);
  if (!run_) return {};
  return run_->settled(b);
}

actions connection_machine::writer_failed(const error& why, timestamp) {
  if (!run_) return {};
  return run_->writer_failed(why);
}

actions connection_machine::drained(const writer_drained& report, timestamp now) {
  if (!run_) return {};
  return followed(run_->drained(report, now));
}

actions connection_machine::ledger_settled(row_count rows, const ledger_trace& at, timestamp now) {
  memory_.ledger_rows = rows.number();
  if (!run_) return {};
  // A run that has not opened the ledger leaves the earlier expectations to the next run.
  if (run_->has_opened()) {
    memory_.ledger.at = at.at;
    memory_.ledger.settled = at.settled;
  }
  return followed(run_->ledger_settled(now));
}

actions connection_machine::reader_down(const error& why, timestamp now) {
  return followed(active().reader_down(why, now));
}

actions connection_machine::writer_down(writer_number writer, const error& why, timestamp now) {
  return followed(active().writer_down(writer, why, now));
}

// -- questions ------------------------------------------------------------------------------------

connection_state connection_machine::state() const {
  if (!run_) return memory_.enabled ? connection_state::idle : connection_state::disabled;
  return run_->stopping() ? connection_state::draining : connection_state::running;
}

std::string connection_machine::next_reason() const {
  if (next_type() == run_type::incremental) return "";
  std::string why;
  if (ledger_changed()) {
    why = ledger_reason;
  } else if (mapping_changed()) {
    why = "the mapping changed";
  } else if (memory_.continues) {
    why = "the full run " + *memory_.continues + " was not completed";
  } else if (had_run()) {
    why = "the ledger was reset";
  } else {
    why = "it is the first one";
  }
  const bool assumes = had_run() ? memory_.assume_synced : settings_.assume_initially;
  return assumes ? why + "; it records rows as acknowledged and sends none" : why;
}

foreseen_run connection_machine::foresee(bool full, timestamp now) const {
  auto [record, memory, known] = plan({.full = full}, {}, now);
  foreseen_run out{{std::move(record), false, memory.assume_synced, memory.read_to, known}, {}, {}};
  if (full) {
    out.reason = "it is asked for";
  } else if (run_ && run_->record().type == run_type::full) {
    out.reason = "the full run " + run_->record().run + " is not over yet";
  } else {
    out.reason = next_reason();
  }
  if (run_)
    out.warnings.push_back("run " + run_->record().run +
                           " is active: what it has not delivered yet is counted");
  return out;
}

connection_status connection_machine::status() const {
  connection_status s;
  s.connection = settings_.connection;
  s.state = state();
  s.mode = settings_.mode;
  s.run = run_ ? run_->present() : last_;
  s.enabled = memory_.enabled;
  s.leaving = ending_;
  s.continues = next_continues();
  s.next_type = next_type();
  s.next_reason = next_reason();
  if (run_ && !run_->stopping()) {
    s.next_type = run_type::incremental;
    s.next_reason.clear();
    s.continues = false;
  }
  if (!run_) s.blocked = blocked("start");
  s.hung_threads = static_cast<std::uint32_t>(hung_.size());
  if (!run_ && memory_.enabled) s.waiting_for = awaited();
  if (timetable_ && memory_.enabled) s.next_run_at = timetable_->next();
  if (s.next_run_at && hold_until_) s.next_run_at = std::max(*s.next_run_at, *hold_until_);
  s.ledger_rows = memory_.ledger_rows;
  if (run_) {
    s.in_flight_batches = static_cast<std::uint32_t>(run_->batches_in_flight());
    s.waiting_for_slot = run_->at() == active_run::phase::queued;
  }
  return s;
}

}  // namespace sluice::actors
