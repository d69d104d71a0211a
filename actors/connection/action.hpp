// The actions that a connection's machine asks of the actor around it.
#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "actors/run/run_order.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"

namespace sluice::actors {

namespace action {
/// Record the run in the catalog, then report `recorded` or `not_recorded`.
struct record_run {
  run_record run;
  connection_memory memory;
  start_once once = {};
};
/// Ask for one of the node's slots, then report `slot_granted`.
struct acquire_slot {
  timestamp due;  ///< since when the run waits for a slot
};
/// Give the slot back, or leave the queue for one.
struct release_slot {};
/// Spawn the writers and the reader.
using spawn_run = run_order;
/// Trip the reader's stop token and send it `cancel` at high priority.
struct cancel_reader {};
/// Send the end marker to writers whose reader died and so sends nothing after it.
struct end_rows {
  std::vector<writer_number> writers;
};
/// Trip the stop token of the writers and send them `abandon` at high priority.
struct abandon_writers {};
/// Report `drain_timed_out` for this run after `drain_timeout`.
struct arm_drain_timer {
  run_id run;
};
/// Report `hang_timed_out` for this run and this timer after `patience`.
struct arm_hang_timer {
  run_id run;
  std::uint32_t timer;
  std::chrono::milliseconds patience;
};
/// Go on without these actors: their reports no longer count. The connection takes no run before
/// they have ended.
struct set_aside {
  bool reader = false;
  std::vector<writer_number> writers = {};
};
/// Let the reader settle the ledger and end, then report `settled` (or `reader_down`).
struct settle_ledger {
  bool merge = false;
};
/// Record the end of the run, then report `closed` or `not_closed`.
struct close_run {
  run_record run;
  connection_memory memory;
  settled_rows settles = {};  ///< listed rejected rows that the run has settled
};
/// Try `close_run` again after a while.
struct retry_close {};
/// Answer the start of the run: it began.
struct announce_start {
  run_record run;
};
/// Answer the start of the run: it did not begin.
struct refuse_start {
  run_id run;
  error why;
};
/// Report the end of the run to all who wait for it, and to alerts, metrics and connections that
/// run after it.
struct announce_end {
  run_ended ended;
};
/// Record a run that was due and is skipped, and that its time is handled; report it to alerts and
/// metrics.
struct record_skipped {
  run_record run;
  connection_memory memory;
  std::optional<run_record> before;  ///< the run skipped before it because of the same active run
};
/// Record a postponed run that was stopped before it began; tell everybody who waits for it.
struct record_withdrawn {
  run_record run;
  connection_memory memory;
  start_once once = {};
};
/// Tell everybody who is concerned that a run takes too long or has not come.
struct announce_late {
  run_ended late;
};
/// Record the connection's state between runs.
struct save_memory {
  connection_memory memory;
};
/// Use the latest configuration from now on.
struct adopt_configuration {};
/// Warn that the clock was set back by this much, and that the schedule goes on from there.
struct warn_set_back {
  std::chrono::milliseconds by;
};
/// Nothing will be left to do: the actor may end.
struct quit {};
}  // namespace action

using action_type = std::variant<
    action::record_run, action::acquire_slot, action::release_slot, action::spawn_run,
    action::cancel_reader, action::end_rows, action::abandon_writers, action::arm_drain_timer,
    action::arm_hang_timer, action::set_aside, action::settle_ledger, action::close_run,
    action::retry_close, action::announce_start, action::refuse_start, action::announce_end,
    action::record_skipped, action::record_withdrawn, action::announce_late, action::save_memory,
    action::adopt_configuration, action::warn_set_back, action::quit>;
/// Performed in order.
using actions = std::vector<action_type>;

/// Adds `more` to `todo`.
inline void append(actions& todo, actions more) {
  todo.insert(todo.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

}  // namespace sluice::actors
