#include "actors/connection/active_run.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "messages/expect.hpp"

namespace sluice::actors {
namespace {

/// A shorter time says little about the rate of a run.
constexpr std::chrono::seconds shortest_measured{2};

constexpr const char* unlisted_warning =
    "more rows are rejected than are remembered, so the cursor's checkpoint did not move: the next "
    "run reads the same rows again";

}  // namespace

active_run::active_run(run_record record, const settings& how)
    : how_(how), record_(std::move(record)), writers_(how.writers) {}

// -- events ---------------------------------------------------------------------------------------

actions active_run::recorded(timestamp now) {
  actions todo{action::announce_start{record_}};
  at_ = phase::queued;
  if (stopping_) {
    advance(todo, now);
  } else {
    todo.emplace_back(action::acquire_slot{how_.due});
  }
  return todo;
}

actions active_run::slot_granted() {
  if (at_ != phase::queued) return {};
  at_ = phase::moving;
  reader_alive_ = true;
  return {action::spawn_run{record_, how_.allow_deletes, how_.assume_synced, how_.read_to,
                            how_.ledger, how_.rows}};
}

actions active_run::stop(bool abandon_drain, timestamp now, const std::string& by) {
  actions todo;
  if (!record_.stop_requested_at) {
    record_.stopped_by = by;
    record_.stop_requested_at = now;
    settled_at_stop_ = total_settled();
    record_.in_flight_at_stop = total_sent() - settled_at_stop_;
    halt(todo, {});
    if (at_ == phase::settling) leave_soon(todo);
    measure_rate(now);
  }
  expect_drain();
  if (abandon_drain) abandon(todo);
  advance(todo, now);
  return todo;
}

actions active_run::drain_timed_out() {
  actions todo;
  abandon(todo);
  return todo;
}

actions active_run::hang_timed_out(std::uint32_t timer, timestamp now) {
  actions todo;
  if (timer != last_timer_) return todo;
  const auto whom = std::exchange(awaits_, awaited::nobody);
  switch (whom) {
    case awaited::nobody:
      return todo;
    case awaited::destination:
    case awaited::source:
      hurry(todo, whom);
      return todo;
    case awaited::reader:
      if (!reading_over_) {
        todo.emplace_back(action::set_aside{.reader = true});
        append(todo, reader_down(hung("read model", errc::source_failed), now));
        if (at_ == phase::moving) await(todo, awaited::writers, how_.writer_patience);
      } else if (at_ == phase::moving) {
        // `obeys_within` of the writers' patience has passed already.
        await(todo, awaited::writers, how_.writer_patience - obeys_within);
      }
      break;
    case awaited::writers:
      if (at_ == phase::moving) leave_writers(todo, now);
      break;
    case awaited::ledger:
      if (at_ != phase::settling || !reader_alive_) break;
      todo.emplace_back(action::set_aside{.reader = true});
      warn(hung("leave source and ledger", errc::source_failed).text());
      reader_alive_ = false;
      advance(todo, now);
      break;
  }
  if (!stopping_) {
    watch_leaving(todo);
  } else if (at_ == phase::settling && reader_alive_) {
    await(todo, awaited::ledger, patience_with_ledger());
  }
  return todo;
}

std::chrono::milliseconds active_run::patience_with_ledger() const {
  return left_source_ ? leaves_within : obeys_within;
}

void active_run::watch_leaving(actions& todo) {
  if (stopping_ || awaits_ != awaited::nobody) return;
  if (at_ == phase::moving && reading_over_ && deltas_in_flight() == 0) {
    await(todo, awaited::destination, leaves_within + how_.writer_patience - obeys_within);
  } else if (at_ == phase::settling && reader_alive_ && !left_source_) {
    await(todo, awaited::source, leaves_within);
  }
}

void active_run::hurry(actions& todo, awaited who) {
  if (who == awaited::destination && at_ == phase::moving) {
    todo.emplace_back(action::abandon_writers{});
    await(todo, awaited::writers, obeys_within);
  } else if (who == awaited::source && at_ == phase::settling && reader_alive_ && !left_source_) {
    todo.emplace_back(action::cancel_reader{});
    await(todo, awaited::ledger, obeys_within);
  }
}

void active_run::leave_writers(actions& todo, timestamp now) {
  action::set_aside those;
  for (std::uint32_t i = 0; i < writers_.size(); ++i)
    if (!std::exchange(writers_[i].over, true)) those.writers.push_back(writer_number{i});
  todo.emplace_back(std::move(those));
  if (auto why = hung("deliver", errc::destination_failed);
      end_ == pass_end::complete && deltas_in_flight() == 0 && record_.counters.undelivered == 0) {
    warn(why.text());
  } else {
    halt(todo, why);
  }
  advance(todo, now);
}

error active_run::hung(const char* operation, errc code) const {
  return {code, operation, record_.connection,
          "it did not come back when it was told to end: the driver, or what it waits for, hangs",
          "the connection takes no run before it is back; see what the database or the driver "
          "waits for, or restart the node"};
}

void active_run::opened(const model_opened& m) {
  if (m.type == run_type::full && !m.reason.empty()) record_.reason = m.reason;
  record_.type = m.type;
  left_over_ = m.left_over;
  opened_ = true;
  record_.epoch = m.epoch;
  record_.warnings.insert(record_.warnings.end(), m.warnings.begin(), m.warnings.end());
}

void active_run::entered(run_phase what, const std::string& waiting_for) {
  if (what == run_phase::draining) {
    left_source_ = true;
    return;
  }
  moves_ = what;
  waits_for_ = waiting_for;
}

void active_run::progressed(const read_progress& p) {
  if (reading_over_) return;  // from a reader that was set aside and has come back
  auto& c = record_.counters;
  c.read = p.counters.read;
  c.unchanged = p.counters.unchanged;
  c.invalid = p.counters.invalid;
  c.inserts = p.counters.inserts;
  c.updates = p.counters.updates;
  c.deletes = p.counters.deletes;
  c.fetched_rows = p.counters.fetched_rows;
  c.fetched_bytes = p.counters.fetched_bytes;
  batches_sent_ = p.batches;
  expect(p.sent.size() <= writers_.size(), "supervise run", "rows for the run's writers");
  for (std::size_t i = 0; i < p.sent.size(); ++i) writers_[i].sent = p.sent[i];
}

actions active_run::halted(const reading_halted& h, timestamp now) {
  if (reading_over_) return {};  // the reader was set aside and has come back
  progressed(h.total);
  reading_over_ = true;
  end_ = h.end;
  whole_source_ = h.whole_source;
  chosen_keys_ = h.chosen_keys;
  reached_ = h.reached;
  all_listed_ = all_listed_ && h.all_listed;
  record_.reading_halted_at = h.at;
  record_.warnings.insert(record_.warnings.end(), h.warnings.begin(), h.warnings.end());
  if (h.end == pass_end::limited && !record_.stop_requested_at) {
    record_.stop_requested_at = h.at;
    record_.stopped_by = limit_reached;
    settled_at_stop_ = total_settled();
  }
  if (record_.stop_requested_at) record_.in_flight_at_stop = total_sent() - settled_at_stop_;
  actions todo;
  if (h.failed) halt(todo, h.failed);
  advance(todo, now);
  return todo;
}

void active_run::confirmed(writer_number writer, const operation_counts& rows) {
  auto& w = share_of(writer);
  w.confirmed = rows.capped(w.sent - w.settled);
  expect_drain();
}

actions active_run::settled(const batch_settled& b) {
  if (at_ == phase::closing) return {};  // from a writer that was set aside and has come back
  auto& c = record_.counters;
  auto& w = share_of(b.writer);
  w.confirmed = {};
  c.delivered += b.delivered;
  c.delivered_as += b.delivered_as;
  c.rejected += b.rejected;
  c.undelivered += b.undelivered;
  w.settled += b.delivered + b.rejected + b.undelivered;
  batches_settled_ += b.batches;
  expect_drain();
  actions todo;
  if (b.rejected > 0) guard_rejections(todo, b.refused_for);
  watch_leaving(todo);
  return todo;
}

actions active_run::writer_failed(const error& why) {
  if (at_ == phase::closing) return {};
  actions todo;
  halt(todo, why);
  return todo;
}

actions active_run::drained(const writer_drained& report, timestamp now) {
  if (at_ == phase::closing) return {};
  share_of(report.writer).over = true;
  record_.warnings.insert(record_.warnings.end(), report.warnings.begin(), report.warnings.end());
  unconfirmed_ += report.unconfirmed;
  all_listed_ = all_listed_ && report.all_listed;
  actions todo;
  advance(todo, now);
  return todo;
}

actions active_run::ledger_settled(timestamp now) {
  if (at_ == phase::closing) return {};
  reader_alive_ = false;
  actions todo;
  advance(todo, now);
  return todo;
}

actions active_run::reader_down(const error& why, timestamp now) {
  actions todo;
  reader_alive_ = false;
  if (!reading_over_) {
    reading_over_ = true;
    end_ = pass_end::failed;
    record_.reading_halted_at = now;
    action::end_rows marker;
    for (std::uint32_t i = 0; i < writers_.size(); ++i)
      if (!writers_[i].over) marker.writers.push_back(writer_number{i});
    todo.emplace_back(std::move(marker));
  }
  halt(todo, why);
  advance(todo, now);
  return todo;
}

actions active_run::writer_down(writer_number writer, const error& why, timestamp now) {
  actions todo;
  share_of(writer).over = true;
  halt(todo, why);
  advance(todo, now);
  return todo;
}

void active_run::warn(const std::string& text) {
  auto& warnings = record_.warnings;
  if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(text);
}

// -- transitions ----------------------------------------------------------------------------------

void active_run::halt(actions& todo, const error& why) {
  if (why && !record_.failed) record_.failed = why;
  if (at_ >= phase::settling || std::exchange(stopping_, true)) return;
  awaits_ = awaited::nobody;  // writers have the time of a drain
  record_.state = run_state::draining;
  if (at_ != phase::moving) return;
  if (!reading_over_) todo.emplace_back(action::cancel_reader{});
  todo.emplace_back(action::arm_drain_timer{record_.run});
}

void active_run::leave_soon(actions& todo) {
  stopping_ = true;
  awaits_ = awaited::nobody;
  record_.state = run_state::draining;
  todo.emplace_back(action::cancel_reader{});
  todo.emplace_back(action::arm_drain_timer{record_.run});
}

void active_run::abandon(actions& todo) {
  if ((at_ != phase::moving && at_ != phase::settling) || std::exchange(abandoned_, true)) return;
  if (at_ == phase::moving) todo.emplace_back(action::abandon_writers{});
  if (at_ == phase::settling) {
    await(todo, awaited::ledger, patience_with_ledger());
  } else if (reading_over_) {
    await(todo, awaited::writers, how_.writer_patience);
  } else {
    await(todo, awaited::reader, obeys_within);
  }
}

void active_run::await(actions& todo, awaited whom, std::chrono::milliseconds patience) {
  awaits_ = whom;
  todo.emplace_back(action::arm_hang_timer{record_.run, ++last_timer_, patience});
}

void active_run::guard_rejections(actions& todo, const std::string& refused_for) {
  const auto& c = record_.counters;
  const auto rejected = c.rejected - std::min(c.rejected, how_.listed_before);
  const auto judged = c.delivered + rejected;
  if (record_.failed || judged < judged_before_guard ||
      rejected * 100 <= judged * how_.max_rejected_percent)
    return;
  halt(todo,
       {errc::guarded, "deliver", record_.connection,
        std::to_string(rejected) + " of the first " + std::to_string(judged) +
            " rows were rejected, and max_rejected_percent is " +
            std::to_string(how_.max_rejected_percent) + "; one was rejected for: " + refused_for,
        "find out what all of them are refused for, or raise max_rejected_percent"});
  abandon(todo);
}

void active_run::advance(actions& todo, timestamp now) {
  if (at_ == phase::queued && stopping_) {
    record_.reading_halted_at = now;
    close(now);
    return;
  }
  if (at_ == phase::moving) {
    const bool over = reading_over_ && std::all_of(writers_.begin(), writers_.end(),
                                                   [](const writer_share& w) { return w.over; });
    if (!over) return watch_leaving(todo);
    at_ = phase::settling;
    if (awaits_ == awaited::destination) awaits_ = awaited::nobody;
    if (reader_alive_) {
      todo.emplace_back(action::settle_ledger{!stopping_});
      return watch_leaving(todo);
    }
  }
  if (at_ == phase::settling && !reader_alive_) close(now);
}

void active_run::close(timestamp now) {
  for (auto& w : writers_) count_rest_undelivered(w);
  at_ = phase::closing;
  record_.finished_at = now;
  record_.drain_expected.reset();
  if (unconfirmed_ > 0 && !record_.failed)
    record_.failed = {errc::destination_failed, "deliver", record_.connection,
                      "what became of " + std::to_string(unconfirmed_) +
                          (unconfirmed_ == 1 ? " row" : " rows") + " is not known",
                      unconfirmed_ == 1 ? "the next sync delivers it again"
                                        : "the next sync delivers them again"};
  const bool everything = end_ == pass_end::complete && record_.counters.undelivered == 0;
  if (record_.failed) {
    record_.state = run_state::failed;
  } else if (everything) {
    completed_ = true;
    // A run about some rows knows nothing of the others.
    record_.failed = about_all() ? left_over_ : error{};
    record_.state = record_.failed ? run_state::failed : run_state::succeeded;
    if (reached_ && !all_listed_) warn(unlisted_warning);
  } else if (record_.stop_requested_at) {
    record_.state = run_state::stopped;
  } else {
    record_.state = run_state::failed;
    record_.failed = defect("run", record_.connection,
                            "rows were left undelivered although nobody stopped the run");
  }
}

active_run::writer_share& active_run::share_of(writer_number writer) {
  expect(index_of(writer) < writers_.size(), "supervise run",
         "a report from one of the run's writers");
  return writers_[index_of(writer)];
}

void active_run::count_rest_undelivered(writer_share& w) {
  if (w.sent <= w.settled) return;
  record_.counters.undelivered += w.sent - w.settled;
  w.settled = w.sent;
  w.confirmed = {};
}

void active_run::measure_rate(timestamp now) {
  const auto took = std::chrono::duration<double>(now - record_.started_at);
  const auto done = total_settled() + total_confirmed().total();
  if (took >= shortest_measured && done > 0)
    measured_rate_ = static_cast<double>(done) / took.count();
}

void active_run::expect_drain() {
  // Deletes come after all upserts were settled.
  auto rate = record_.counters.deletes > 0 ? how_.delete_rate : how_.upsert_rate;
  if (measured_rate_) rate = std::min(rate.value_or(*measured_rate_), *measured_rate_);
  if (!record_.stop_requested_at || !rate) return;
  record_.drain_expected = std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(
      static_cast<double>(deltas_in_flight() - total_confirmed().total()) * 1000 / *rate)));
}

// -- questions ------------------------------------------------------------------------------------

run_record active_run::present() const {
  auto now = record_;
  if (has_ended(now.state)) {
    // Nobody hears of an end that is not durable yet; a start at that word would be refused, too.
    now.state = stopping_ ? run_state::draining : run_state::running;
    now.finished_at.reset();
    now.failed = {};
    now.phase = run_phase::waiting;
    now.waiting_for = "its end to be recorded";
    return now;
  }
  const auto confirmed = total_confirmed();
  now.counters.delivered += confirmed.total();
  now.counters.delivered_as += confirmed;
  if (stopping_) {
    now.phase = run_phase::draining;
  } else if (at_ == phase::recording) {
    now.phase = run_phase::waiting;
    now.waiting_for = "its start to be recorded";
  } else if (at_ == phase::queued) {
    now.phase = run_phase::waiting;
    now.waiting_for = "another run to end: as many as max_running_syncs allows are active";
  } else if (at_ != phase::moving || (reading_over_ && moves_ != run_phase::waiting)) {
    now.phase = run_phase::delivering;
  } else {
    now.phase = moves_;
    now.waiting_for = waits_for_;
  }
  return now;
}

std::optional<checkpoint> active_run::read_to() const {
  if (all_listed_) return reached_;
  // A cursor that moves past a rejected row that is not listed would lose the row. Rows of a run
  // over a part of the source lie past the old checkpoint or are listed; rows of other runs may lie
  // before it.
  return whole_source_ ? std::nullopt : how_.read_to;
}

settled_rows active_run::settles() const {
  if (!completed_ || end_ != pass_end::complete) return {};
  if (!about_all()) return {settled_rows::chosen, chosen_keys_};
  return whole_source_ ? settled_rows::all : settled_rows::keyed;
}

std::uint64_t active_run::total_sent() const {
  return std::accumulate(writers_.begin(), writers_.end(), std::uint64_t{0},
                         [](std::uint64_t n, const writer_share& w) { return n + w.sent; });
}

std::uint64_t active_run::total_settled() const {
  return std::accumulate(writers_.begin(), writers_.end(), std::uint64_t{0},
                         [](std::uint64_t n, const writer_share& w) { return n + w.settled; });
}

operation_counts active_run::total_confirmed() const {
  operation_counts all;
  for (const auto& w : writers_) all += w.confirmed;
  return all;
}

}  // namespace sluice::actors
