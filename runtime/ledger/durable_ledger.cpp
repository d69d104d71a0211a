#include "runtime/ledger/durable_ledger.hpp"

#include <algorithm>
#include <utility>

#include "messages/error.hpp"
#include "messages/expect.hpp"
#include "runtime/fault/fail_point.hpp"
#include "runtime/ledger/errors.hpp"
#include "runtime/ledger/frozen_view.hpp"
#include "runtime/ledger/generation_writer.hpp"
#include "runtime/ledger/merge_cursor.hpp"
#include "runtime/ledger/reidentify.hpp"

namespace sluice::ledger {
namespace {

/// A smaller base counts as this large when a merge is considered: replaying half a megabyte takes
/// a millisecond, and a merge a dozen waits for the disk.
constexpr std::uint64_t smallest_base_bytes = 4u << 20;
/// Keys between two looks at the stop token.
constexpr std::uint64_t keys_per_stop_check = 4096;

}  // namespace

std::shared_ptr<ledger> ledger::open(const std::filesystem::path& directory,
                                     std::string_view identity, options limits,
                                     const std::stop_token& stop) {
  return durable_ledger::open(system_calls::real(), directory, identity, limits, stop);
}

glimpse ledger::look(const std::filesystem::path& directory, std::string_view identity,
                     const std::filesystem::path& scratch, const std::stop_token& stop) {
  try {
    return look_into_files(system_calls::real(), directory, identity, {scratch, {}, stop});
  } catch (const std::filesystem::filesystem_error& refused) {
    fail_io("inspect", refused.path1(), refused.code().value());
  }
}

void ledger::set_aside(const std::filesystem::path& directory) {
  try {
    sluice::ledger::set_aside(system_calls::real(), directory);
  } catch (const std::filesystem::filesystem_error& refused) {
    fail_io("set aside", refused.path1(), refused.code().value());
  }
}

std::shared_ptr<ledger> durable_ledger::open(system_calls& calls,
                                             const std::filesystem::path& directory,
                                             std::string_view identity, const options& limits,
                                             const std::stop_token& stop) {
  try {
    return std::make_shared<durable_ledger>(calls, directory, limits,
                                            open_files(calls, directory, identity, limits, stop));
  } catch (const std::filesystem::filesystem_error& refused) {
    fail_io("inspect", refused.path1(), refused.code().value());
  }
}

durable_ledger::durable_ledger(system_calls& calls, std::filesystem::path directory,
                               const options& limits, opened files)
    : calls_(calls),
      directory_(std::move(directory)),
      limits_(limits),
      restarted_(files.restarted),
      history_(history_of(files.records->header())),
      opened_at_(files.records->durable()),
      current_(files.current),
      journal_(std::move(files.records)),
      state_(std::move(files.known)),
      must_abandon_(files.has_abandoned),
      epoch_(state_.epoch()),
      rows_(state_.acknowledged()),
      sequence_(opened_at_) {}

/// Intents that were open when the ledger was opened will never get an outcome. The journal has to
/// say so before the first new record, or replay would take them for open intents.
void durable_ledger::abandon_if_due() {
  if (std::exchange(must_abandon_, false)) journal_->enqueue(frame_type::abandon, {});
}

void durable_ledger::publish() {
  epoch_ = state_.epoch();
  rows_ = state_.acknowledged();
  sequence_ = journal_->durable();
}

bool durable_ledger::settled() const {
  const std::lock_guard held(mutex_);
  return !journal_->poisoned() && journal_->durable() + 1 == journal_->next_sequence();
}

void durable_ledger::mark() {
  journal::lock held(mutex_);
  journal_->require_healthy();
  expect(!state_.has_open_intents(), "mark ledger", "no open intent");
  if (journal_->next_sequence() == opened_at_ + 1) {
    // An `abandon` that changes nothing, since no intent is open.
    must_abandon_ = false;
    journal_->enqueue(frame_type::abandon, {});
  }
  journal_->commit_all(held);
  fault::pass(fault::point::after_ledger_mark);
  publish();
}

void durable_ledger::begin_epoch(std::uint32_t epoch) {
  journal::lock held(mutex_);
  journal_->require_healthy();
  expect(epoch > state_.epoch(), "begin epoch", "a later number");
  abandon_if_due();
  const auto sequence = journal_->enqueue(frame_type::epoch, encode_epoch(epoch));
  state_.begin_epoch(epoch);
  journal_->commit(held, sequence);
  fault::pass(fault::point::after_epoch);
  publish();
}

std::uint64_t durable_ledger::record_intent(const batch& deltas) {
  const auto type = intent_type(deltas);
  const auto payload = encode_intent(deltas);
  journal::lock held(mutex_);
  journal_->require_healthy();
  abandon_if_due();
  auto rows = decode_intent(type, payload, journal_->next_payload_at());
  state_.prepare(rows);
  const auto sequence = journal_->enqueue(type, payload);
  state_.intend(sequence, std::move(rows));
  journal_->commit(held, sequence);
  fault::pass(fault::point::after_intent);
  publish();
  return sequence;
}

void durable_ledger::record_outcome(std::uint64_t intent, std::span<const fate> fates,
                                    std::span<const row_answer> remembered) {
  const auto type = outcome_type(remembered);
  const auto payload = encode_outcome(intent, fates, remembered);
  journal::lock held(mutex_);
  journal_->require_healthy();
  const auto* rows = state_.open_intent(intent);
  expect(rows != nullptr && rows->size() == fates.size(), "record outcome",
         "an open intent of this number, with as many rows");
  expect(std::ranges::all_of(remembered,
                             [&](const row_answer& of) {
                               return of.index < fates.size() &&
                                      fates[of.index] == fate::delivered &&
                                      (*rows)[of.index].op != operation::erase;
                             }),
         "record outcome", "something to remember only of rows that are there now");
  const auto places = decode_outcome(type, payload, journal_->next_payload_at()).remembered;
  const auto sequence = journal_->enqueue(type, payload);
  state_.settle(intent, fates, places);
  journal_->commit(held, sequence);
  fault::pass(fault::point::after_outcome);
  publish();
  if (!state_.wants_spill()) return;
  try {
    // The packed keys of settled intents are in the file: an intent is durable before its outcome.
    state_.spill(journal_->map());
  } catch (...) {
    // The outcome is recorded, but without spilling memory would grow without bound.
    journal_->poison();
    throw;
  }
}

void durable_ledger::recall(batch& deltas) {
  journal::lock held(mutex_);
  journal_->require_healthy();
  journal_->commit_all(held);  // what is remembered must be in the file
  state_.recall(deltas, journal_->map());
}

std::unique_ptr<view> durable_ledger::snapshot() {
  journal::lock held(mutex_);
  journal_->require_healthy();
  journal_->commit_all(held);  // the keys of open intents must be in the file
  auto frozen = state_.frozen(journal_->map());
  held.unlock();
  return std::make_unique<frozen_view>(std::move(frozen));
}

bool durable_ledger::worth_merging() const {
  const auto& base = state_.immutable().base();
  const auto base_bytes = std::max(base ? base->file_bytes() : 0, smallest_base_bytes);
  return journal_->bytes() * 100 >= base_bytes * limits_.merge_percent;
}

void durable_ledger::merge(const std::stop_token& stop, bool force) {
  journal::lock held(mutex_);
  journal_->require_healthy();
  expect(!state_.has_open_intents(), "merge ledger", "no open intent");
  if (!force && !worth_merging()) return;
  state_.spill(journal_->map());
  replace_base(current_.rule, [&](std::uint64_t number) { return write_base(stop, number); });
}

std::string durable_ledger::rule() const {
  const std::lock_guard held(mutex_);
  return current_.rule;
}

void durable_ledger::identify_by(const std::string& rule, const key_hasher& hash_of,
                                 const std::stop_token& stop) {
  journal::lock held(mutex_);
  journal_->require_healthy();
  expect(!state_.has_open_intents(), "identify rows", "no open intent");
  expect_one_line(rule);
  if (rule == current_.rule) return;
  if (state_.keys() == 0) return count_from_now({current_.generation, current_.identity, rule});
  state_.spill(journal_->map());
  const bool done = replace_base(
      rule, [&](std::uint64_t number) { return write_reidentified_base(hash_of, stop, number); });
  if (!done) throw failure(errc::cancelled, "identify rows", directory_.string(), "interrupted");
}

template <class Write>
bool durable_ledger::replace_base(const std::string& rule, Write&& write) {
  std::shared_ptr<const generation> base;
  std::unique_ptr<journal> next;
  try {
    base = write(current_.generation + 1);
    if (base) next = begin_journal(*base);
  } catch (...) {
    remove_leftovers(calls_, directory_, current_.generation);  // the old pair is untouched
    throw;
  }
  const bool replaces = base != nullptr;
  if (replaces) switch_to(std::move(base), std::move(next), rule);
  remove_leftovers(calls_, directory_, current_.generation);
  return replaces;
}

/// Streams all layers into the next base: durable but for its name. Null if stopped.
std::shared_ptr<const generation> durable_ledger::write_base(const std::stop_token& stop,
                                                             std::uint64_t number) {
  generation_writer out(file::create(calls_, base_path(directory_, number)),
                        {.number = number, .capacity = state_.keys()});
  merge_cursor cursor(state_.immutable().all());
  for (std::uint64_t passed = 0; cursor.next(); ++passed) {
    if (passed % keys_per_stop_check == 0 && stop.stop_requested()) return nullptr;
    if (cursor.winner().flags != 0)
      out.add(cursor.winner(), cursor.packed_key(), cursor.remembered());
  }
  expect(out.entries() == state_.keys(), "merge ledger", "as many keys as were counted");
  auto written = out.finish();
  written.sync();
  return std::make_shared<const generation>(written);
}

/// The empty journal of the next generation; base and journal have durable names on return.
std::unique_ptr<journal> durable_ledger::begin_journal(const generation& base) {
  journal_header header;
  header.has_base = 1;
  header.generation = base.number();
  header.base_identity = base.identity();
  header.first_sequence = journal_->next_sequence();
  header.epoch = state_.epoch();
  header.number = journal_->header().number;
  auto begun = journal::create(calls_, journal_path(directory_, base.number()), header);
  sync_directory(calls_, directory_);
  return begun;
}

std::shared_ptr<const generation> durable_ledger::write_reidentified_base(
    const key_hasher& hash_of, const std::stop_token& stop, std::uint64_t number) {
  reidentification keys(calls_, directory_, limits_.overlay_bytes);
  if (!keys.read(state_.immutable(), hash_of, stop)) return nullptr;
  generation_writer out(file::create(calls_, base_path(directory_, number)),
                        {.number = number, .capacity = state_.keys()});
  if (!keys.write(out, stop)) return nullptr;
  auto written = out.finish();
  written.sync();
  return std::make_shared<const generation>(written);
}

/// Makes `wanted` what counts, durably.
void durable_ledger::count_from_now(const marker& wanted) {
  try {
    write_marker(calls_, directory_, wanted);
  } catch (...) {
    journal_->poison();  // either one may count now: only reopening shows which
    throw;
  }
  current_ = wanted;
}

void durable_ledger::switch_to(std::shared_ptr<const generation> base,
                               std::unique_ptr<journal> next, const std::string& rule) {
  fault::pass(fault::point::before_switch);
  count_from_now({base->number(), current_.identity, rule});
  fault::pass(fault::point::after_switch);
  journal_ = std::move(next);
  state_ =
      state(calls_, directory_, std::move(base), state_.epoch(), byte_count{limits_.overlay_bytes});
  must_abandon_ = false;
  publish();
}

}  // namespace sluice::ledger
