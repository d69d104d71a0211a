#include "actors/supervisor_state.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sluice::actors {
namespace {

std::string plural(std::uint64_t n, const char* what, const char* ending = "s") {
  return std::to_string(n) + " " + what + (n == 1 ? "" : ending);
}

constexpr const char* mapping_warning =
    "the mapping changed since the last run: this run is full, every row is delivered anew";

}  // namespace

supervisor_state::supervisor_state(settings s, connection_memory memory,
                                   std::optional<run_record> last_run)
    : settings_(std::move(s)), memory_(std::move(memory)), last_(std::move(last_run)) {
  const bool had_run = !memory_.mapping_identity.empty();
  if (had_run && memory_.mapping_identity != settings_.mapping_identity) {
    memory_.next_type = run_type::full;
    memory_.continues.reset();
    ++memory_.epoch;
    mapping_changed_ = true;
  }
  memory_.connection = settings_.connection;
  memory_.mapping_identity = settings_.mapping_identity;
}

// -- commands -------------------------------------------------------------------------------------

run_record supervisor_state::new_record(const start_options& options, std::string run,
                                        timestamp now) const {
  run_record r;
  r.run = std::move(run);
  r.connection = settings_.connection;
  r.type = options.full ? run_type::full : memory_.next_type;
  r.trigger = options.trigger;
  r.mode = settings_.mode;
  r.started_at = now;
  return r;
}

decision supervisor_state::start(const start_options& options, std::string run, timestamp now) {
  const auto refuse = [&](errc code, std::string cause, std::string hint) {
    return decision{
        {code, "start", settings_.connection, std::move(cause), std::move(hint)}, {}, {}};
  };
  if (ending_) return refuse(errc::shutting_down, "the node is ending", "");
  if (!memory_.enabled)
    return refuse(errc::disabled, "the connection is disabled",
                  "`sluice enable " + settings_.connection + "` first");
  if (!run_) {
    decision d;
    d.todo = begin(options, std::move(run), now);
    d.run = run_->record;
    return d;
  }
  if (options.wait) {
    if (postponed_.size() >= max_postponed)
      return refuse(errc::already_running, plural(postponed_.size(), "start") + " wait already",
                    "try again when they have run");
    auto record = new_record(options, std::move(run), now);
    record.state = run_state::postponed;
    postponed_.push_back({options, record});
    return {{}, record, {}};
  }
  if (state() == connection_state::draining)
    return refuse(
        errc::draining,
        "run " + run_->record.run + " drains: " + plural(total_sent() - total_settled(), "delta") +
            " in " + plural(run_->batches_sent - run_->batches_settled, "batch", "es") +
            " still in flight",
        "use --wait to start when it is done, or `sluice stop --now` to give up the drain");
  return refuse(errc::already_running, "run " + run_->record.run + " is active",
                "use --wait to start when it is done, or stop it first");
}

actions supervisor_state::begin(const start_options& options, std::string run, timestamp now) {
  auto record = new_record(options, std::move(run), now);
  if (options.full) {
    // Epoch 1 has nothing acknowledged before it, so the very first full run keeps it.
    if (last_ || memory_.continues) ++memory_.epoch;
    memory_.continues.reset();
  }
  record.epoch = memory_.epoch;
  if (record.type == run_type::full) record.continues = memory_.continues;
  if (std::exchange(mapping_changed_, false)) record.warnings.emplace_back(mapping_warning);

  // What the next run would be if the node died from here on.
  memory_.next_type = record.type;
  if (record.type == run_type::full) memory_.continues = record.run;

  run_ = current_run{.record = record,
                     .allow_deletes = options.allow_deletes,
                     .writers = std::vector<writer_share>(settings_.writers)};
  return {action::record_run{record, memory_}};
}

decision supervisor_state::stop(bool abandon_drain, timestamp now) {
  if (!run_)
    return {{errc::not_running, "stop", settings_.connection, "no run is active", ""}, {}, {}};
  decision d;
  auto& r = *run_;
  if (!r.record.stop_requested_at) {
    r.record.stop_requested_at = now;
    r.settled_at_stop = total_settled();
    r.record.in_flight_at_stop = total_sent() - r.settled_at_stop;
    halt(d.todo, {});
  }
  expect_drain();
  if (abandon_drain) abandon(d.todo);
  advance(d.todo, now);
  d.run = run_ ? run_->record : *last_;
  return d;
}

void supervisor_state::withdraw(const std::string& run) {
  std::erase_if(postponed_, [&](const postponed_start& p) { return p.record.run == run; });
}

actions supervisor_state::shutdown(bool abandon_drain, timestamp now) {
  ending_ = true;
  actions todo;
  for (auto& p : std::exchange(postponed_, {}))
    todo.emplace_back(action::refuse_start{
        p.record.run,
        {errc::shutting_down, "start", settings_.connection, "the node is ending", ""}});
  if (!run_) {
    todo.emplace_back(action::quit{});
    return todo;
  }
  auto stopped = stop(abandon_drain, now).todo;
  std::move(stopped.begin(), stopped.end(), std::back_inserter(todo));
  return todo;
}

// -- what came of actions -------------------------------------------------------------------------

actions supervisor_state::recorded(timestamp now) {
  actions todo{action::announce_start{run_->record}};
  run_->at = phase::queued;
  if (run_->stopping) {
    advance(todo, now);
  } else {
    todo.emplace_back(action::acquire_slot{run_->record.started_at});
  }
  return todo;
}

actions supervisor_state::not_recorded(const error& why) {
  actions todo{action::refuse_start{run_->record.run, why}};
  run_.reset();
  if (ending_) todo.emplace_back(action::quit{});
  return todo;
}

actions supervisor_state::slot_granted() {
  if (!run_ || run_->at != phase::queued) return {};
  run_->at = phase::moving;
  run_->reader_alive = true;
  return {action::spawn_run{run_->record, run_->allow_deletes}};
}

actions supervisor_state::closed(timestamp now) {
  last_ = run_->record;
  run_.reset();
  actions todo{action::release_slot{}, action::announce_end{*last_}};
  if (ending_) {
    todo.emplace_back(action::quit{});
  } else if (!postponed_.empty()) {
    auto next = std::move(postponed_.front());
    postponed_.pop_front();
    auto more = begin(next.options, next.record.run, now);
    std::move(more.begin(), more.end(), std::back_inserter(todo));
  }
  return todo;
}

actions supervisor_state::not_closed(const error& why) {
  const auto text = why.text();
  auto& warnings = run_->record.warnings;
  if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(text);
  if (!ending_) return {action::retry_close{}};
  // The catalog still says that the run is active, so the next start of the node closes it as
  // interrupted, with the type that was recorded when it began.
  return {action::announce_end{run_->record}, action::quit{}};
}

actions supervisor_state::retry_close() {
  if (!run_ || run_->at != phase::closing) return {};
  return {action::close_run{run_->record, memory_, settles()}};
}

actions supervisor_state::drain_timed_out(std::uint64_t serial) {
  actions todo;
  if (run_ && serial == timer_serial_) abandon(todo);
  return todo;
}

// -- reports from reader and writers --------------------------------------------------------------

void supervisor_state::opened(const model_opened& m) {
  auto& r = run_->record;
  r.type = m.type;
  r.epoch = m.epoch;
  r.warnings.insert(r.warnings.end(), m.warnings.begin(), m.warnings.end());
  memory_.next_type = m.type;
  memory_.epoch = m.epoch;
  if (m.type == run_type::full) memory_.continues = r.run;
}

void supervisor_state::progressed(const read_progress& p) {
  auto& c = run_->record.counters;
  c.read = p.counters.read;
  c.unchanged = p.counters.unchanged;
  c.invalid = p.counters.invalid;
  c.inserts = p.counters.inserts;
  c.updates = p.counters.updates;
  c.deletes = p.counters.deletes;
  run_->batches_sent = p.batches;
  for (std::size_t i = 0; i < p.sent.size() && i < run_->writers.size(); ++i)
    run_->writers[i].sent = p.sent[i];
}

actions supervisor_state::halted(const reading_halted& h, timestamp now) {
  progressed(h.total);
  auto& r = *run_;
  r.reading_over = true;
  r.end = h.end;
  r.whole_source = h.whole_source;
  r.reached = h.reached;
  r.record.reading_halted_at = h.at;
  r.record.warnings.insert(r.record.warnings.end(), h.warnings.begin(), h.warnings.end());
  if (r.record.stop_requested_at) r.record.in_flight_at_stop = total_sent() - r.settled_at_stop;
  actions todo;
  if (h.failed) halt(todo, h.failed);
  advance(todo, now);
  return todo;
}

void supervisor_state::settled(const batch_settled& b) {
  auto& c = run_->record.counters;
  c.delivered += b.delivered;
  c.rejected += b.rejected;
  c.undelivered += b.undelivered;
  run_->writers[b.writer].settled += b.delivered + b.rejected + b.undelivered;
  run_->batches_settled += b.batches;
  expect_drain();
}

void supervisor_state::expect_drain() {
  auto& r = *run_;
  // Deletes come after all upserts were settled.
  const auto rate = r.record.counters.deletes > 0 ? settings_.delete_rate : settings_.upsert_rate;
  if (!r.record.stop_requested_at || !rate) return;
  const auto left = static_cast<double>(total_sent() - total_settled());
  r.record.drain_expected_ms = static_cast<std::uint64_t>(std::ceil(left * 1000 / *rate));
}

actions supervisor_state::writer_failed(const error& why, timestamp) {
  actions todo;
  halt(todo, why);
  return todo;
}

actions supervisor_state::drained(const writer_drained& report, timestamp now) {
  run_->writers[report.writer].over = true;
  auto& warnings = run_->record.warnings;
  warnings.insert(warnings.end(), report.warnings.begin(), report.warnings.end());
  run_->unconfirmed += report.unconfirmed;
  actions todo;
  advance(todo, now);
  return todo;
}

actions supervisor_state::ledger_settled(std::uint64_t rows, timestamp now) {
  memory_.ledger_rows = rows;
  run_->reader_alive = false;
  actions todo;
  advance(todo, now);
  return todo;
}

actions supervisor_state::reader_down(const error& why, timestamp now) {
  actions todo;
  auto& r = *run_;
  r.reader_alive = false;
  if (!r.reading_over) {
    r.reading_over = true;
    r.end = pass_end::failed;
    r.record.reading_halted_at = now;
    action::end_rows marker;
    for (std::uint32_t i = 0; i < r.writers.size(); ++i)
      if (!r.writers[i].over) marker.writers.push_back(i);
    todo.emplace_back(std::move(marker));
  }
  halt(todo, why);
  advance(todo, now);
  return todo;
}

actions supervisor_state::writer_down(std::uint32_t writer, const error& why, timestamp now) {
  actions todo;
  run_->writers[writer].over = true;
  halt(todo, why);
  advance(todo, now);
  return todo;
}

// -- transitions ----------------------------------------------------------------------------------

void supervisor_state::halt(actions& todo, const error& why) {
  auto& r = *run_;
  if (why && !r.record.failed) r.record.failed = why;
  if (r.at >= phase::settling || std::exchange(r.stopping, true)) return;
  r.record.state = run_state::draining;
  if (r.at != phase::moving) return;
  if (!r.reading_over) todo.emplace_back(action::cancel_reader{});
  todo.emplace_back(action::arm_drain_timer{++timer_serial_});
}

void supervisor_state::abandon(actions& todo) {
  if (run_->at != phase::moving || std::exchange(run_->abandoned, true)) return;
  todo.emplace_back(action::abandon_writers{});
}

void supervisor_state::advance(actions& todo, timestamp now) {
  auto& r = *run_;
  if (r.at == phase::queued && r.stopping) {
    r.record.reading_halted_at = now;
    close(todo, now);
    return;
  }
  if (r.at == phase::moving) {
    const bool over = r.reading_over && std::all_of(r.writers.begin(), r.writers.end(),
                                                    [](const writer_share& w) { return w.over; });
    if (!over) return;
    r.at = phase::settling;
    if (r.reader_alive) {
      todo.emplace_back(action::settle_ledger{!r.stopping});
      return;
    }
  }
  if (r.at == phase::settling && !r.reader_alive) close(todo, now);
}

void supervisor_state::close(actions& todo, timestamp now) {
  auto& r = *run_;
  for (std::uint32_t i = 0; i < r.writers.size(); ++i) count_rest_undelivered(i);
  r.at = phase::closing;
  ++timer_serial_;  // a drain time-out that is still to come means nothing any more
  auto& record = r.record;
  record.finished_at = now;
  record.drain_expected_ms.reset();
  if (r.unconfirmed > 0 && !record.failed)
    record.failed = {errc::destination_failed, "deliver", settings_.connection,
                     "what became of " + std::to_string(r.unconfirmed) + " rows is not known",
                     "the next sync delivers them again"};
  const bool everything = r.end == pass_end::complete && record.counters.undelivered == 0;
  if (record.failed) {
    record.state = run_state::failed;
  } else if (everything) {
    record.state = run_state::succeeded;
  } else if (record.stop_requested_at) {
    record.state = run_state::stopped;
  } else {
    record.state = run_state::failed;
    record.failed = {errc::internal, "run", settings_.connection,
                     "rows were left undelivered although nobody stopped the run",
                     "please report this as a defect"};
  }
  if (record.state == run_state::succeeded) {
    memory_.next_type = run_type::incremental;
    memory_.continues.reset();
    // Without a cursor nobody reads it; with one again, it is older and still right.
    if (r.reached) memory_.read_to = r.reached;
  }
  todo.emplace_back(action::close_run{record, memory_, settles()});
}

settled_rows supervisor_state::settles() const {
  if (run_->record.state != run_state::succeeded || run_->end != pass_end::complete)
    return settled_rows::none;
  return run_->whole_source ? settled_rows::all : settled_rows::keyed;
}

void supervisor_state::count_rest_undelivered(std::uint32_t writer) {
  auto& w = run_->writers[writer];
  if (w.sent <= w.settled) return;
  run_->record.counters.undelivered += w.sent - w.settled;
  w.settled = w.sent;
}

// -- questions ------------------------------------------------------------------------------------

std::uint64_t supervisor_state::total_sent() const {
  return std::accumulate(run_->writers.begin(), run_->writers.end(), std::uint64_t{0},
                         [](std::uint64_t n, const writer_share& w) { return n + w.sent; });
}

std::uint64_t supervisor_state::total_settled() const {
  return std::accumulate(run_->writers.begin(), run_->writers.end(), std::uint64_t{0},
                         [](std::uint64_t n, const writer_share& w) { return n + w.settled; });
}

connection_state supervisor_state::state() const {
  if (!run_) return memory_.enabled ? connection_state::idle : connection_state::disabled;
  return run_->stopping ? connection_state::draining : connection_state::running;
}

connection_status supervisor_state::status() const {
  connection_status s;
  s.connection = settings_.connection;
  s.state = state();
  s.mode = settings_.mode;
  s.run = run_ ? run_->record : last_;
  s.next_type = memory_.next_type;
  if (run_ && !run_->stopping) s.next_type = run_type::incremental;
  s.ledger_rows = memory_.ledger_rows;
  if (run_)
    s.in_flight_batches = static_cast<std::uint32_t>(run_->batches_sent - run_->batches_settled);
  return s;
}

std::optional<run_record> supervisor_state::find(const std::string& run) const {
  if (run_ && run_->record.run == run) return run_->record;
  if (last_ && last_->run == run) return last_;
  for (const auto& p : postponed_)
    if (p.record.run == run) return p.record;
  return std::nullopt;
}

}  // namespace sluice::actors
