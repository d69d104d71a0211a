#include "tests/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>

#include "actors/connection/active_run.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/world/life.hpp"
#include "tests/world/party.hpp"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;
using power_cut = ledger::test::faulty_disk::power_cut;
using milliseconds = std::chrono::milliseconds;
using minutes = std::chrono::minutes;

/// How long a run may take to its end when it is told to end, whoever hangs: the drain, and as long
/// as the reader, the writers and the ledger are waited for one after the other.
milliseconds longest_end(bool abandon) {
  return (abandon ? milliseconds(0) : config::defaults::drain_timeout) +
         2 * actors::active_run::obeys_within + actors::active_run::leaves_within;
}

struct broken_promise : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Logs nowhere: a world looks at records, not at texts.
log::logger silent_log() {
  static std::ostream nowhere(nullptr);
  return log::logger({}, nowhere);
}

class world {
 public:
  explicit world(const story& told);
  ~world() { life_.reset(); }
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  void play();
  [[nodiscard]] std::vector<std::string>& happened() { return happened_; }

 private:
  // -- the steps
  std::string perform(const step& s);
  std::string sync(party& p, const step& s, unsigned percent, bool full = false);
  std::string torn_sync(party& p, const step& s);
  std::string begin(party& p, const step& s);
  std::string stop(party& p, bool abandon);
  std::string die(const step& s, power_cut kind);
  std::string fail_disk(party& p, const step& s);
  std::string restart(const step& s);
  std::string copy_state();
  std::string restore(party& p, const step& s);
  std::string hang(party& p, const step& s);
  std::string set_clock(const step& s);
  std::string reload();
  std::string disable(party& p);

  // -- its parts
  void be_born(const fs::path& folder);
  void be_born_again(power_cut kind, std::uint64_t salt);
  /// Shut down by somebody who, with `leave_hung`, does not wait for whoever hangs.
  void end_in_peace(bool leave_hung = false, bool abandon = false);
  /// Lets time pass until that is so, and no more than `most`. Returns whether it is so.
  bool wait_until(const std::function<bool()>& so, milliseconds most);
  /// What all there is has done so far.
  [[nodiscard]] std::uint64_t moments() const;
  void go_on(std::uint64_t moments);
  actors::services_map configuration(life& of);
  std::shared_ptr<const actors::run_services> services_of(party& p, life& of);
  void announced(const run_ended& e, const life& by);
  [[nodiscard]] bool is_idle(const party& p);
  /// The run, once it has ended; nothing if it did not come about, and `refusal_` says why.
  std::optional<run_record> finished_run(party& p, const start_options& options);

  // -- what is to be true
  void look();
  void calm_down();
  void expect_reasons(party& p, const run_record& run);
  void expect_peace(party& p);
  void expect_proper_history(party& p);

  const story& story_;
  temp_dir dir_;
  timestamp now_{std::chrono::seconds{1'700'000'000}};
  std::uint64_t run_ids_ = 0;
  std::uint64_t lives_ = 0;
  std::string refusal_;
  std::string complaint_;  ///< what went wrong where nothing can be thrown
  std::map<run_id, run_record> ended_;
  std::vector<std::string> happened_;
  std::vector<std::unique_ptr<party>> parties_;
  std::optional<fs::path> copy_;
  std::unique_ptr<life> life_;
};

world::world(const story& told) : story_(told) {
  for (const auto& plan : told.connections) {
    const connection_name name(fmt::format("c{}", parties_.size()));
    fs::create_directories(dir_.path() / name.text());
    parties_.push_back(std::make_unique<party>(name, plan, mix(told.seed, parties_.size()),
                                               dir_.path() / name.text()));
    parties_.back()->seen.alive = [this] { return !life_->died(); };
  }
  be_born(dir_.path() / "life0");
}

// -- its parts
// --------------------------------------------------------------------------------------

std::shared_ptr<const actors::run_services> world::services_of(party& p, life& of) {
  actors::run_services s{.config = p.config,
                         .node = "world",
                         .log = silent_log(),
                         .scratch_dir = dir_.path(),
                         .own_threads = false};
  s.open_model = [&p](std::stop_token stop) { return p.open_source(std::move(stop)); };
  const ledger::options limits = p.plan().often_merged
                                     ? ledger::options{.overlay_bytes = 1, .merge_percent = 10}
                                     : ledger::options{};
  s.hung = of.left_behind();
  s.open_ledger = [this, &p, &of, limits,
                   directory = of.ledger_of(p.name)](const std::stop_token& stop) {
    if (!of.left_behind()->of(p.name).empty())
      complaint_ = p.name + ": a run opens a ledger that a thread which hangs still has";
    return ledger::durable_ledger::open(of.disk(), directory, "the world's", limits, stop);
  };
  if (p.plan().digests)
    s.make_digests = [this, &of, file = of.digest_of(p.name)] {
      return std::make_unique<digest::detection>(file, dir_.path(), of.disk());
    };
  s.make_destination = p.ways();
  s.now = [this] { return now_ += std::chrono::milliseconds{1}; };
  s.announce = [this, &of](const run_ended& e) { announced(e, of); };
  s.new_run_id = [this] { return run_id(fmt::format("run-{}", 10'000 + ++run_ids_)); };
  return std::make_shared<const actors::run_services>(std::move(s));
}

actors::services_map world::configuration(life& of) {
  actors::services_map out;
  for (const auto& p : parties_)
    if (p->configured) out[p->name] = services_of(*p, of);
  return out;
}

void world::be_born(const fs::path& folder) {
  life_ = std::make_unique<life>(
      folder, [this](life& of) { return configuration(of); }, [this] { return now_; });
}

void world::be_born_again(power_cut kind, std::uint64_t salt) {
  const auto next = dir_.path() / fmt::format("life{}", ++lives_);
  for (const auto& p : parties_) p->seen.seen.node_died();
  const auto last = life_->folder();
  life_->bequeath(kind, salt, next);
  life_.reset();
  fs::remove_all(last);
  be_born(next);
}

bool world::wait_until(const std::function<bool()>& so, milliseconds most) {
  constexpr milliseconds a_while{5000};
  for (; !so() && most.count() > 0; most -= a_while) {
    now_ += a_while;
    life_->pass(a_while);
  }
  return so();
}

void world::end_in_peace(bool leave_hung, bool abandon) {
  if (!leave_hung) life_->release();
  const auto ending = life_->ask_node<std::uint32_t>(command::shutdown{abandon});
  life_->settle();
  if (!ending.arrived) throw broken_promise("a node that was shut down did not say so");
  if (!wait_until([this] { return life_->has_ended(); }, longest_end(abandon)))
    throw broken_promise("a node that was shut down does not end");
}

std::uint64_t world::moments() const {
  auto all = life_->disk().calls();
  for (const auto& p : parties_) all += p->moments();
  return all;
}

void world::go_on(std::uint64_t more) {
  const auto until = moments() + more;
  while (moments() < until && life_->step()) {
  }
}

void world::announced(const run_ended& e, const life& by) {
  if (by.died()) return;
  const auto& c = e.run.counters;
  if (e.late_after || e.run.state == run_state::skipped) return;
  ended_[e.run.run] = e.run;
  for (const auto& p : parties_)
    if (p->name == e.run.connection) {
      p->seen.seen.run_ended(e.run);
      if (const auto wrong = p->seen.older.ended(e.run); !wrong.empty())
        complaint_ = e.run.run + " " + wrong;
    }
  if (!has_ended(e.run.state)) throw broken_promise(e.run.run + " has ended in no proper state");
  if (c.read != c.unchanged + c.invalid + c.inserts + c.updates)
    throw broken_promise(e.run.run + ": what was read does not add up");
  if (c.deltas() != c.delivered + c.rejected + c.undelivered)
    throw broken_promise(e.run.run + ": what was delivered does not add up");
  if (c.delivered != c.delivered_as.total())
    throw broken_promise(e.run.run + ": what was delivered is not told apart");
}

bool world::is_idle(const party& p) {
  const auto status = life_->ask_node<connection_status>(command::status{p.name});
  return status.value && status.value->state == connection_state::idle;
}

std::optional<run_record> world::finished_run(party& p, const start_options& options) {
  const auto begun = life_->ask_node<run_record>(command::start{p.name, options}, waiting{});
  life_->settle();
  refusal_ = begun.arrived ? begun.failed.text() : "it waits for another run";
  if (!begun.value) return std::nullopt;
  refusal_ = "it goes on and on";
  const auto found = ended_.find(begun.value->run);
  if (found == ended_.end()) return std::nullopt;
  return found->second;
}

// -- the steps
// --------------------------------------------------------------------------------------

std::string world::perform(const step& s) {
  auto& p = *parties_.at(s.connection);
  const dice chance(s.salt);
  switch (s.what) {
    case act::edit:
      return p.edit(chance, s.amount);
    case act::respell:
      return p.respell(chance, s.amount);
    case act::retype:
      return p.retype(chance);
    case act::meddle:
      return p.meddle(chance);
    case act::sync:
      return sync(p, s, 0);
    case act::full_sync:
      return sync(p, s, 0, true);
    case act::rough_sync:
      return sync(p, s, s.amount);
    case act::torn_sync:
      return torn_sync(p, s);
    case act::begin:
      return begin(p, s);
    case act::go_on:
      go_on(s.amount);
      return fmt::format("all that runs goes on by {} moments", s.amount);
    case act::stop:
      return stop(p, false);
    case act::stop_now:
      return stop(p, true);
    case act::kill:
      be_born_again(power_cut::keep, s.salt);
      return "the node is killed, and starts again";
    case act::kill_within:
      return die(s, power_cut::keep);
    case act::lose_power:
      return die(s, s.salt % 2 == 0 ? power_cut::forget : power_cut::tear);
    case act::fail_disk:
      return fail_disk(p, s);
    case act::restart:
      return restart(s);
    case act::copy_state:
      return copy_state();
    case act::restore:
      return restore(p, s);
    case act::hang:
      return hang(p, s);
    case act::release:
      life_->release();
      life_->settle();
      return "whoever hung goes on, and all that runs ends";
    case act::pass_time:
      // Or it is the machine that sleeps, and nobody had a chance to do anything.
      if (s.salt % 2 == 0) life_->settle();
      now_ += minutes(s.amount);
      life_->pass(minutes(s.amount));
      // Whoever waited for an answer all the time tries again.
      life_->pass(std::chrono::seconds(2));
      return fmt::format("{} minutes pass{}", s.amount,
                         s.salt % 2 == 0 ? "" : ", in which the machine sleeps");
    case act::set_clock:
      return set_clock(s);
    case act::reload: {
      const auto changed = p.reconfigure(chance);
      return changed + ": " + reload();
    }
    case act::disable:
      return disable(p);
  }
  return "";
}

std::string world::sync(party& p, const step& s, unsigned percent, bool full) {
  p.turn(percent, s.salt);
  const bool was_free = !life_->somebody_hangs() && p.configured && p.enabled && is_idle(p);
  const auto run = finished_run(p, {.full = full || s.salt % 32 == 0, .allow_deletes = true});
  p.turn(0, 0);
  if (!run) {
    if (was_free) throw broken_promise(p.name + " was idle, and no run came of it: " + refusal_);
    return "a sync does not come about: " + refusal_;
  }
  const auto words = fmt::format(
      "{} ({}) {}: {} delivered, {} rejected, {} undelivered{}", run->run, to_string(run->type),
      to_string(run->state), run->counters.delivered, run->counters.rejected,
      run->counters.undelivered, run->failed ? ", " + run->failed.text() : "");
  if (percent > 0) return fmt::format("of deliveries {} % fail: {}", percent, words);
  if (run->state != run_state::succeeded && !older_state::owns_up(*run))
    throw broken_promise(words);
  expect_reasons(p, *run);
  if (run->type == run_type::full && !run->continues) p.made_good();
  if (const auto wrong = p.difference(); !wrong.empty())
    throw broken_promise(words + ", but " + wrong);
  return words;
}

std::string world::torn_sync(party& p, const step& s) {
  p.tear(s.amount);
  const auto run = finished_run(p, {.allow_deletes = true});
  p.tear(std::nullopt);
  if (!run) return "a sync does not come about: " + refusal_;
  return fmt::format("the source fails behind row {}: {} {}", s.amount, run->run,
                     to_string(run->state));
}

std::string world::begin(party& p, const step& s) {
  dice chance(s.salt);
  p.turn(chance.chance(40) ? 15 : 0, s.salt);
  const start_options options{
      .full = chance.chance(15), .wait = chance.chance(20), .allow_deletes = chance.chance(80)};
  const auto begun = life_->ask_node<run_record>(command::start{p.name, options}, waiting{});
  if (!begun.value) return "a run is refused: " + begun.failed.cause;
  go_on(s.amount);
  return fmt::format("{}{} begins, and goes on by {} moments", begun.value->run,
                     options.full ? " (full)" : "", s.amount);
}

std::string world::stop(party& p, bool abandon) {
  const auto stopped = life_->ask_node<run_record>(command::stop{p.name, {.abandon = abandon}});
  life_->settle();
  if (!stopped.value) return "there is nothing to stop";
  const auto run = stopped.value->run;
  const auto is_over = [&] { return ended_.contains(run); };
  if (!wait_until(is_over, life_->somebody_hangs() ? longest_end(abandon) : milliseconds(0)))
    throw broken_promise(run + " was stopped, and does not end");
  const auto left_behind = life_->left_behind()->of(p.name).size();
  if (left_behind > 0) {
    const auto next = life_->ask_node<run_record>(command::start{p.name, {}}, waiting{});
    if (next.failed.code != errc::hanging && p.enabled && p.configured)
      throw broken_promise(run + " ended without a thread that hangs, and another one begins");
  }
  return fmt::format("{} is stopped{}: {}{}", run, abandon ? " without a drain" : "",
                     to_string(ended_.at(run).state),
                     left_behind > 0 ? fmt::format(", {} left behind", left_behind) : "");
}

std::string world::die(const step& s, power_cut kind) {
  auto& disk = life_->disk();
  disk.crash_at(disk.calls() + s.amount);
  life_->settle();
  const bool in_the_midst = life_->died();
  be_born_again(kind, s.salt);
  constexpr std::array kinds{"what was not synced is gone", "what was written is there",
                             "a part of what was not synced is gone"};
  return fmt::format("the node dies {}: {}; it starts again",
                     in_the_midst ? fmt::format("within its {}. system call from here", s.amount)
                                  : "when all is done",
                     kinds.at(static_cast<std::size_t>(kind)));
}

std::string world::fail_disk(party& p, const step& s) {
  auto& disk = life_->disk();
  disk.fail_at(disk.calls() + s.amount, s.salt % 2 == 0 ? ENOSPC : EIO);
  const auto run = finished_run(p, {.allow_deletes = true});
  disk.fail_at(0, 0);
  return fmt::format("the {}. system call from here fails{}", s.amount,
                     run ? fmt::format(": {} {}", run->run, to_string(run->state)) : "");
}

std::string world::restart(const step& s) {
  const bool leave_hung = s.salt % 2 == 0;
  const bool abandon = s.salt / 2 % 2 == 0;
  end_in_peace(leave_hung, abandon);
  be_born_again(power_cut::keep, 0);
  return fmt::format("the node is shut down{}{}, and starts again",
                     abandon ? " without a drain" : "", leave_hung ? ", whoever hangs" : "");
}

std::string world::copy_state() {
  end_in_peace();
  be_born_again(power_cut::keep, 0);
  copy_ = dir_.path() / "copy";
  fs::remove_all(*copy_);
  fs::copy(life_->folder(), *copy_, fs::copy_options::recursive);
  for (const auto& p : parties_) p->copied();
  return "the node is shut down, its state is copied, and it starts again";
}

std::string world::restore(party& p, const step& s) {
  if (!copy_) return "there is no copy to restore";
  const bool catalog = s.salt % 4 < 2;
  const bool all = s.salt % 4 == 1;
  // An older ledger that is believed has nothing to deliver then, though everything differs.
  const bool source = s.salt / 4 % 2 == 0;
  std::vector<party*> of_ledgers;
  for (const auto& one : parties_)
    if ((all || (!catalog && one.get() == &p)) && fs::exists(*copy_ / "ledger" / one->name.text()))
      of_ledgers.push_back(one.get());
  if (!catalog && of_ledgers.empty()) return "the copy has no ledger of it";
  end_in_peace();
  const auto next = dir_.path() / fmt::format("life{}", ++lives_);
  for (const auto& one : parties_) one->seen.seen.node_died();
  life_->bequeath(power_cut::keep, 0, next);
  life_.reset();
  if (catalog)
    for (const auto* file : {"catalog.sqlite", "catalog.sqlite-wal"}) {
      fs::remove(next / file);
      if (fs::exists(*copy_ / file)) fs::copy_file(*copy_ / file, next / file);
    }
  for (const auto* one : of_ledgers) {
    fs::remove_all(next / "ledger" / one->name.text());
    fs::copy(*copy_ / "ledger" / one->name.text(), next / "ledger" / one->name.text(),
             fs::copy_options::recursive);
  }
  for (const auto& one : parties_) {
    const bool ledger = std::ranges::find(of_ledgers, one.get()) != of_ledgers.end();
    if (ledger || catalog) one->put_back(ledger, catalog);
    if (ledger && source) one->go_back();
  }
  be_born(next);
  for (const auto& one : parties_) {
    const auto status = life_->ask_node<connection_status>(command::status{one->name});
    if (status.value) one->enabled = status.value->enabled;
  }
  return fmt::format("the node is shut down, and starts again with the copy of {}{}",
                     all       ? "its catalog and all ledgers"
                     : catalog ? "its catalog"
                               : "the ledger of " + p.name,
                     source && !of_ledgers.empty() ? "; rows of sources are as they were" : "");
}

std::string world::hang(party& p, const step& s) {
  const auto one = static_cast<std::uint32_t>(s.salt % 4);
  std::string words;
  auto who = life_->hang(p.name, one);
  if (who.empty()) {
    words = begin(p, s) + "; ";
    who = life_->hang(p.name, one);
  }
  if (who.empty()) return words + "nobody is there to hang";
  words += fmt::format("a {} hangs", who);
  if (s.salt / 4 % 2 == 0) return words;
  return words + "; " + stop(p, s.salt / 8 % 2 == 0);
}

std::string world::set_clock(const step& s) {
  const minutes by(static_cast<long>(s.salt % 5000) - 2500);
  now_ += by;
  return fmt::format("the clock is set by {} minutes", by.count());
}

std::string world::reload() {
  const auto report = life_->ask_node<reload_report>(command::reload{});
  if (!report.value) return "a reload is refused: " + report.failed.cause;
  return fmt::format("{} changed, {} added, {} removed", report.value->changed.size(),
                     report.value->added.size(), report.value->removed.size());
}

std::string world::disable(party& p) {
  const auto status = p.enabled ? life_->ask_node<connection_status>(command::disable{p.name})
                                : life_->ask_node<connection_status>(command::enable{p.name});
  if (!status.value) return "nobody is there to be disabled";
  p.enabled = !p.enabled;
  return p.enabled ? "it is enabled" : "it is disabled";
}

// -- what is to be true
// -----------------------------------------------------------------------------

void world::look() {
  if (!complaint_.empty()) throw broken_promise(complaint_);
  for (const auto& p : parties_) {
    if (const auto& all = p->seen.seen.complaints(); !all.empty())
      throw broken_promise(p->name + ": " + all.front());
    if (const auto lost = p->loss(); !lost.empty()) throw broken_promise(p->name + ": " + lost);
  }
}

void world::calm_down() {
  life_->release();
  for (const auto& p : parties_) {
    p->configured = true;
    p->turn(0, 0);
  }
  life_->settle();
  reload();
  life_->settle();
  for (const auto& p : parties_)
    if (!p->enabled) disable(*p);
  life_->settle();
}

void world::expect_reasons(party& p, const run_record& run) {
  if (run.counters.rejected == 0) return;
  const auto listed = life_->ask_node<rejected_list>(command::rejected{p.name, {.limit = 100}});
  if (!listed.value) throw broken_promise(p.name + " tells nothing of its rejected rows");
  for (const auto& row : listed.value->rows)
    if (!p.may_refuse(row.reason))
      throw broken_promise(fmt::format("{}: {} is rejected: {}", p.name, row.key, row.reason));
}

void world::expect_peace(party& p) {
  step calm{.what = act::sync, .salt = 1};
  happened_.push_back(fmt::format("{}: {}", p.name, sync(p, calm, 0, p.needs_full())));
  const auto again = finished_run(p, {.allow_deletes = true});
  if (!again || again->state != run_state::succeeded)
    throw broken_promise(p.name + ": the run after that did not succeed: " +
                         (again ? again->failed.text() : refusal_));
  const auto& c = again->counters;
  if (c.delivered > 0)
    throw broken_promise(fmt::format("{}: {} rows are delivered again", p.name, c.delivered));
  // Rows that are refused are asked for again.
  if (c.deltas() != c.rejected) throw broken_promise(p.name + ": a row came to nothing");
  if (const auto wrong = p.difference(); !wrong.empty()) throw broken_promise(wrong);
}

void world::expect_proper_history(party& p) {
  const auto runs = life_->ask_node<run_list>(command::runs{p.name, {.limit = 500}});
  if (!runs.value) throw broken_promise(p.name + " tells nothing of its runs");
  for (const auto& run : runs.value->runs)
    if (!has_ended(run.state))
      throw broken_promise(
          fmt::format("{} is listed as {}, and all is over", run.run, to_string(run.state)));
}

void world::play() {
  look();
  for (const auto& s : story_.steps) {
    const auto number = happened_.size() + 1;
    happened_.push_back(fmt::format("{}. c{} {}", number, s.connection, to_string(s.what)));
    happened_.back() += ": " + perform(s);
    look();
  }
  calm_down();
  for (const auto& p : parties_) expect_peace(*p);
  for (const auto& p : parties_) {
    // What the ledger says is true: nothing that differs is taken for delivered by another mode.
    if (p->config.mode == sync_mode::mirror || p->config.mode == sync_mode::upsert) continue;
    p->change_mode(sync_mode::upsert);
    reload();
    life_->settle();
    happened_.push_back(p->name + ": its mode is upsert");
    expect_peace(*p);
  }
  look();
  for (const auto& p : parties_) expect_proper_history(*p);
  end_in_peace();
}

}  // namespace

ending play(const story& told) {
  ending out;
  std::optional<world> here;
  try {
    here.emplace(told);
    here->play();
  } catch (const std::exception& e) {
    out.broken = e.what();
  }
  if (here) out.happened = std::move(here->happened());
  return out;
}

}  // namespace sluice::test
