// The part of connection_machine about time: runs that are due, skipped, awaited or late.
#include <algorithm>
#include <utility>

#include "actors/connection/connection_machine.hpp"

namespace sluice::actors {

void connection_machine::start_timetable(std::optional<timestamp> handled, timestamp now) {
  timetable_.emplace(settings_.schedule, handled, now);
  memory_.due_handled = timetable_->handled();
}

actions connection_machine::keep_schedule(timestamp now) {
  watched_since_ = now;
  const auto stored = memory_.due_handled;
  start_timetable(stored, now);
  // Stored from the beginning, so that runs missed before the first run are made up for.
  if (memory_.due_handled == stored) return {};
  return {action::save_memory{memory_}};
}

std::optional<std::chrono::milliseconds> connection_machine::wake_after(timestamp now) const {
  if (!timetable_ || !memory_.enabled || ending_) return std::nullopt;
  if (!held(now)) {
    if (due_when_held_) return std::chrono::milliseconds{0};
    return timetable_->wait(now);
  }
  if (!timetable_->next() && !due_when_held_) return std::nullopt;
  // Timers do not notice jumps of the clock.
  return std::min(*hold_until_ - now, schedule::timetable::longest_wait);
}

actions connection_machine::wake(run_id run, timestamp now) {
  if (held(now)) return {};
  hold_until_.reset();
  if (std::exchange(due_when_held_, false)) return due(std::move(run), now, now);
  const auto answer = timetable_->take(now);
  actions todo;
  if (answer.set_back.count() > 0) todo.emplace_back(action::warn_set_back{answer.set_back});
  if (!answer.due && todo.empty()) return todo;
  memory_.due_handled = timetable_->handled();
  if (answer.due) {
    append(todo, due(std::move(run), *answer.due, now));
  } else {
    todo.emplace_back(action::save_memory{memory_});
  }
  return todo;
}

actions connection_machine::due(run_id run, timestamp now) {
  if (held(now)) {
    due_when_held_ = true;
    return {};
  }
  return due(std::move(run), now, now);
}

actions connection_machine::due(run_id run, timestamp since, timestamp now) {
  if (ending_ || !memory_.enabled) return {};
  const start_options options{.trigger = run_trigger::schedule};
  if (!run_ && hung_.empty()) return begin(since, options, std::move(run), now);
  if (!run_) return skip(std::move(run), now);
  const bool one_waits = std::any_of(postponed_.begin(), postponed_.end(), [](const auto& p) {
    return p.options.trigger == run_trigger::schedule;
  });
  if (state() != connection_state::draining || one_waits) return skip(std::move(run), now);
  auto record = new_record(options, std::move(run), now);
  record.state = run_state::postponed;
  postponed_.push_back({options, std::move(record), since});
  return {action::save_memory{memory_}};
}

actions connection_machine::skip(run_id run, timestamp now) {
  auto record = new_record({.trigger = run_trigger::schedule}, std::move(run), now);
  record.state = run_state::skipped;
  record.epoch = memory_.epoch;
  record.finished_at = now;
  record.failed =
      run_ ? error{errc::already_running, "start", settings_.connection,
                   "run " + run_->record().run + " was still active when this one was due",
                   "let it run less often, or find out what takes so long"}
           : blocked("start");
  return {action::record_skipped{record, memory_, std::exchange(last_skipped_, record)}};
}

std::string connection_machine::awaited() const {
  const auto leader = schedule::leader_of(settings_.schedule);
  return leader.empty() ? "" : leader + " to succeed";
}

std::optional<timestamp> connection_machine::expected_since() const {
  if (run_) return run_due_;
  if (ending_ || !memory_.enabled) return std::nullopt;
  if (awaited().empty()) return timetable_ ? timetable_->next() : std::nullopt;
  return last_ && last_->finished_at ? last_->finished_at : watched_since_;
}

std::optional<std::chrono::milliseconds> connection_machine::late_after(timestamp now) const {
  const auto since = expected_since();
  if (!since || late_told_ >= settings_.late.size()) return std::nullopt;
  return std::max(*since + settings_.late[late_told_] - now, std::chrono::milliseconds{0});
}

actions connection_machine::look_late(timestamp now) {
  actions todo;
  const auto since = expected_since();
  while (since && late_told_ < settings_.late.size() &&
         now - *since >= settings_.late[late_told_]) {
    run_ended told;
    if (run_) {
      told.run = run_->present();
    } else {
      told.run = new_record({.trigger = run_trigger::schedule}, "", *since);
      told.run.state = run_state::postponed;
      told.run.waiting_for = awaited();
    }
    told.before = judged_;
    told.late_after = settings_.late[late_told_++];
    todo.emplace_back(action::announce_late{std::move(told)});
    was_late_ = true;
  }
  return todo;
}

}  // namespace sluice::actors
