// What a supervisor decides about a run that is named: by its id, or by the key of its start.
#include <algorithm>
#include <utility>

#include "actors/connection/connection_machine.hpp"
#include "messages/utf8.hpp"

namespace sluice::actors {

std::optional<command_result> connection_machine::started_before(const start_once& once,
                                                                 const known_start& recorded,
                                                                 timestamp now) const {
  const auto refuse = [&](errc code, std::string cause, std::string hint) {
    return command_result{
        {code, "start", settings_.connection, std::move(cause), std::move(hint)}, {}, {}};
  };
  if (once.key.size() > longest_start_key)
    return refuse(
        errc::usage,
        "the key of the start is longer than " + std::to_string(longest_start_key) + " bytes",
        "choose a shorter one");
  const bool is_runs = run_ && run_once_.key == once.key;
  start_once before;
  command_result d;
  d.again = true;
  if (is_runs) {
    before = run_once_;
    d.run = run_->present();
  } else if (recorded.once && now - recorded.at < start_key_lasts) {
    before = recorded.once;
    d.run = recorded.run;
  }
  for (const auto& p : postponed_)
    if (p.options.once.key == once.key) {
      before = p.options.once;
      d.run = p.present();
    }
  if (!before) return std::nullopt;
  if (before.body_hash != once.body_hash)
    return refuse(errc::key_reused, "its key stands for another request, of run " + d.run.run,
                  "use a new key for each start that is not the same");
  if (is_runs && run_->at() == active_run::phase::recording)
    return refuse(errc::already_running, "a start with the same key is under way",
                  "ask again in a moment");
  return d;
}

command_result connection_machine::stop(const stop_options& how, timestamp now) {
  const auto waits = std::ranges::find(
      postponed_, how.run, [](const auto& p) -> const auto& { return p.record.run; });
  if (waits != postponed_.end()) {
    command_result d;
    d.run = waits->record;
    d.run.state = run_state::stopped;
    d.run.stop_requested_at = d.run.finished_at = now;
    d.run.stopped_by = whole_characters(how.requested_by, longest_requester);
    d.todo.emplace_back(action::record_withdrawn{d.run, memory_, waits->options.once});
    postponed_.erase(waits);
    return d;
  }
  const bool is_active = run_ && run_->record().run == how.run && !has_ended(run_->record().state);
  if (!how.run.empty() && !is_active)
    return {{errc::not_running, "stop", settings_.connection,
             "run " + how.run + " is not active: it has ended, or there is none of that id",
             "`sluice runs " + settings_.connection + "` lists them"},
            {},
            {}};
  return stop(how.abandon, now, how.requested_by);
}

run_record connection_machine::postponed_start::present() const {
  auto waits = record;
  waits.phase = run_phase::waiting;
  waits.waiting_for = "the present run to end";
  return waits;
}

std::optional<run_record> connection_machine::find(const run_id& run) const {
  for (auto& present : present_runs())
    if (present.run == run) return std::move(present);
  if (last_ && last_->run == run) return last_;
  return std::nullopt;
}

std::vector<run_record> connection_machine::present_runs() const {
  std::vector<run_record> runs;
  if (run_) runs.push_back(run_->present());
  for (const auto& p : postponed_) runs.push_back(p.present());
  return runs;
}

}  // namespace sluice::actors
