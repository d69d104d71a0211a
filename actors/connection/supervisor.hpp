// The actor around connection_machine: performs what the machine decides, and reports back to it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/common/protocol.hpp"
#include "actors/connection/connection_machine.hpp"
#include "actors/connection/run_actors.hpp"
#include "actors/run/previewer.hpp"
#include "actors/run/run_services.hpp"
#include "actors/run/watched.hpp"

namespace sluice::actors {

/// The arguments of a supervisor.
struct supervisor_args {
  std::shared_ptr<const run_services> services;
  connection_entry known;  ///< as the catalog has it
  catalog_actor catalog;
  slots_actor slots;
  succession_actor succession;
  std::uint32_t restarts = 0;  ///< how many supervisors of the connection died before
};

/// The supervisor's handlers. One object per actor; used by its thread only.
class supervisor_state {
 public:
  static inline const char* name = "supervisor";
  using promise = caf::typed_response_promise<run_record>;

  supervisor_state() = default;
  /// Answers with an error to all who wait for a run.
  ~supervisor_state();
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;

  void init(supervisor_actor::pointer self, supervisor_args args);

  // -- commands
  caf::result<run_record> answer(const command::start& c, const waiting& who);
  caf::result<run_record> answer(const command::stop& c);
  caf::result<run_record> answer(const command::await& c);
  connection_status answer(const command::status& c) const;
  caf::result<run_list> answer(const command::runs& c);
  caf::result<rejected_list> answer(const command::rejected& c);
  caf::result<row_log_page> answer(const command::row_log& c);
  shown_configuration answer(const command::configuration& c) const;
  caf::result<connection_status> answer(const command::enable& c);
  caf::result<connection_status> answer(const command::disable& c);
  caf::result<connection_status> answer(const command::reset& c);
  caf::result<preview_result> answer(const command::preview& c, const waiting& who);

  // -- the configuration
  bool reconfigure(const changed_connection& changed);
  bool shutdown(bool abandon);
  /// Reader and writers of the current run that have not reported that they are done.
  [[nodiscard]] std::vector<caf::strong_actor_ptr> children() const { return crew_.alive(); }

  // -- the schedule
  /// A run is due for another reason than the clock.
  void due();

  // -- reports
  /// Whether the present message is from the reader or a writer of the present run.
  [[nodiscard]] bool hears() const { return crew_.is_present(self_->current_sender()); }
  void opened(const model_opened& m) { machine_->opened(m); }
  void entered(run_phase phase, const std::string& waiting_for) {
    machine_->entered(phase, waiting_for);
  }
  void progressed(const read_progress& p) { machine_->progressed(p); }
  void halted(const reading_halted& h);
  void settled(const batch_settled& b);
  void confirmed(writer_number writer, const operation_counts& rows) {
    machine_->confirmed(writer, rows);
  }
  void writer_failed(writer_number writer, const error& why);
  void drained(const writer_drained& report);
  /// Answers once the catalog has recorded the position.
  caf::result<bool> ledger_at(const ledger_position& at);
  void ledger_settled(row_count rows, const ledger_position& at, bool exact);
  void down(const caf::down_msg& dm);
  void tick(std::uint64_t timer);

 private:
  /// At the catalog: requests that a run or a command waits for go before questions about the past.
  static constexpr auto urgent = caf::message_priority::high;

  struct waiter {
    run_id run;
    promise answer;
    std::uint64_t timer = 0;  ///< ends the wait
  };
  /// Postponed starts by the id of their runs; null: no actor waits for the run.
  using postponed_starts = std::map<run_id, watched>;

  /// Of a start with a key, `recorded` is what the catalog knows by it.
  void start(const start_options& how, const waiting& who, const known_start& recorded,
             promise answer);
  void perform(const actions& todo);
  void perform(const action::record_run& a);
  void perform(const action::acquire_slot& a);
  void perform(const action::release_slot& a);
  void perform(const action::spawn_run& a);
  void perform(const action::cancel_reader& a);
  void perform(const action::end_rows& a);
  void perform(const action::abandon_writers& a);
  void perform(const action::arm_drain_timer& a);
  void perform(const action::arm_hang_timer& a);
  void perform(const action::set_aside& a);
  void perform(const action::settle_ledger& a);
  void perform(const action::close_run& a);
  void perform(const action::retry_close& a);
  void perform(const action::announce_start& a);
  void perform(const action::refuse_start& a);
  void perform(const action::announce_end& a);
  void perform(const action::record_skipped& a);
  void perform(const action::record_withdrawn& a);
  void perform(const action::announce_late& a);
  void perform(const action::save_memory& a);
  void perform(const action::adopt_configuration& a);
  void perform(const action::warn_set_back& a);
  void perform(const action::quit& a);

  /// Records the current run in the catalog now and then, as long as it is `run`.
  void keep_recording(const run_id& run);
  /// Looks which threads hang, now and repeatedly until there are none.
  void watch_hung();
  /// Looks at the schedule now, and again when a run may be due.
  void keep_schedule();
  /// Looks whether a run is late, now and again when one may be.
  void watch_lateness();
  /// Logs and records whether runs are taken.
  caf::result<connection_status> enabled_changed();
  /// Records the state between runs; answers with the status, or with the error of recording.
  template <class... Message>
  caf::result<connection_status> status_once_saved(const char* operation, Message... message);
  void log_end(const run_record& run) const;
  [[nodiscard]] connection_status status() const;
  /// The wait is over: answers with the run's present state.
  void end_wait(std::uint64_t id);
  /// Answers all who wait for the run: with its record, or with an error.
  template <class Answer>
  void answer_waiters(const run_id& run, const Answer& answer);
  /// Returns the timer's id.
  std::uint64_t after(std::chrono::milliseconds delay, std::function<void()> then);
  /// The same, replacing an earlier `timer`.
  void put_off(std::uint64_t& timer, std::chrono::milliseconds delay, std::function<void()> then);
  /// Has an actor of its own read a page of the row log of `run`, for `answer`.
  void read_row_log(const command::row_log& c, const run_record& run,
                    caf::typed_response_promise<row_log_page> answer);
  /// Asks the catalog and passes its answer on.
  template <class Reply, class... Question>
  caf::result<Reply> ask_catalog(const Question&... question);
  [[nodiscard]] log::logger log(const run_id& run) const {
    return args_.services->log.about({connection(), run});
  }
  [[nodiscard]] timestamp now() const { return args_.services->now(); }
  [[nodiscard]] const connection_name& connection() const { return args_.services->config.name; }

  supervisor_actor::pointer self_ = nullptr;
  supervisor_args args_;
  std::optional<connection_machine> machine_;
  run_id run_;  ///< id of the run that is current
  std::map<run_id, promise> starting_;
  std::map<std::uint64_t, waiter> waiters_;
  std::uint64_t last_waiter_ = 0;
  std::map<std::uint64_t, std::function<void()>> timers_;
  std::uint64_t last_timer_ = 0;

  run_actors crew_;  ///< of the current run
  std::optional<watch_list> watching_;
  postponed_starts postponed_;
  running_preview preview_;
  /// The configuration for the next run.
  std::shared_ptr<const run_services> next_services_;
  std::vector<hung_thread> hung_;      ///< as they were last seen
  std::uint32_t row_log_readers_ = 0;  ///< at work
  // Timers that exist once each.
  std::uint64_t hung_timer_ = 0;
  std::uint64_t late_timer_ = 0;
  std::uint64_t wake_timer_ = 0;
};

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_args args);

}  // namespace sluice::actors
