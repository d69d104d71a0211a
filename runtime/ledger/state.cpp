#include "runtime/ledger/state.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "messages/expect.hpp"
#include "runtime/ledger/generation_writer.hpp"

namespace sluice::ledger {
namespace {

/// Below this a run is not worth its file.
constexpr std::size_t fewest_entries_of_a_run = 16;
/// How many rows ahead memory is prefetched: about as many as are handled during one cache miss.
constexpr std::size_t prefetch_rows = 8;

std::uint32_t flags_of(const key_state& state) {
  return (state.acknowledged ? flag_acknowledged : 0u) | (state.in_doubt() ? flag_in_doubt : 0u) |
         (state.named ? flag_named : 0u);
}

/// The bytes whose size (4 bytes) is at `at`.
std::string_view sized_bytes(const mapping& journal, std::uint64_t at) {
  const char* stored = journal.data() + at;
  return {stored + sizeof(std::uint32_t), load<std::uint32_t>(stored)};
}

}  // namespace

state::state(system_calls& calls, std::filesystem::path directory,
             std::shared_ptr<const generation> base, std::uint32_t epoch, byte_count overlay)
    : calls_(&calls),
      directory_(std::move(directory)),
      layers_(std::move(base)),
      epoch_(epoch),
      overlay_limit_(
          std::max(overlay.number() / overlay::bytes_per_entry, fewest_entries_of_a_run)),
      next_spill_at_(overlay_limit_) {
  if (const auto& loaded = layers_.base()) {
    acknowledged_ = loaded->acknowledged();
    keys_ = loaded->entries();
  }
}

const std::vector<intent_row>* state::open_intent(std::uint64_t number) const {
  const auto found = open_.find(number);
  return found == open_.end() ? nullptr : &found->second;
}

void state::prepare(std::span<const intent_row> rows) {
  std::vector<hash128> missing;
  std::vector<std::uint64_t> key_at;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    if (i + prefetch_rows < rows.size()) overlay_.prefetch(rows[i + prefetch_rows].key);
    const auto* present = overlay_.find(row.key);
    if (present == nullptr) {
      missing.push_back(row.key);
      key_at.push_back(row.key_at);
    } else {
      expect(present->state.open < std::numeric_limits<std::uint16_t>::max(), "record intent",
             "fewer open intents about one key");
    }
  }
  std::vector<located> below(missing.size());
  layers_.find(missing, below);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (overlay_.find(missing[i]) != nullptr) continue;  // twice in one batch: replay must not mind
    auto& added = overlay_.add(missing[i]);
    added.key_at = key_at[i];
    if (const auto* known = below[i].value) {
      added.state.fingerprint = known->fingerprint;
      added.state.epoch = known->epoch;
      added.state.acknowledged = known->acknowledged();
      added.state.doubt = known->in_doubt();
      added.state.named = known->named();
      if (known->remembers()) added.remembered_at = overlay_entry::as_below;
    }
  }
}

overlay_entry& state::present(const hash128& key) {
  auto* const found = overlay_.find(key);
  expect(found != nullptr, "record in ledger", "a key that was brought into the overlay");
  return *found;
}

template <class Change>
void state::change(overlay_entry& each, Change apply) {
  acknowledged_ -= each.state.acknowledged ? 1 : 0;
  keys_ -= each.state.known() ? 1 : 0;
  apply(each.state);
  acknowledged_ += each.state.acknowledged ? 1 : 0;
  keys_ += each.state.known() ? 1 : 0;
}

void state::intend(std::uint64_t number, std::vector<intent_row> rows) {
  for (const auto& row : rows) {
    auto& each = present(row.key);
    // Any offset of the packed key would do, since no entry outlives its journal.
    each.key_at = row.key_at;
    change(each, [](key_state& key) { key.intend(); });
  }
  open_.emplace(number, std::move(rows));
}

void state::settle(std::uint64_t number, std::span<const fate> fates,
                   std::span<const remembered_place> remembered) {
  const auto* open = open_intent(number);
  expect(open != nullptr && open->size() == fates.size(), "record outcome",
         "an open intent of this number, with as many rows");
  const auto intent = open_.extract(number);
  const auto& rows = intent.mapped();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + prefetch_rows < rows.size()) overlay_.prefetch(rows[i + prefetch_rows].key);
    auto& each = present(rows[i].key);
    change(each, [&](key_state& key) { key.settle(rows[i], fates[i], epoch_); });
    if (fates[i] == fate::delivered || fates[i] == fate::unknown) each.changed = true;
    if (fates[i] == fate::delivered && rows[i].op == operation::erase) each.remembered_at = 0;
  }
  for (const auto& [index, text_at] : remembered) present(rows[index].key).remembered_at = text_at;
}

std::string_view state::remembered(const overlay_entry& of, const mapping& journal) const {
  if (of.remembered_at == 0) return {};
  if (of.remembered_at != overlay_entry::as_below) return sized_bytes(journal, of.remembered_at);
  return layers_.find(of.key).remembered();
}

void state::recall(batch& deltas, const mapping& journal) {
  layers_.recall(deltas);
  for (std::size_t i = 0; i < deltas.size(); ++i)
    if (const auto* newest = overlay_.find(deltas[i].key_hash))
      deltas.remember(i, remembered(*newest, journal));
}

void state::abandon() {
  // In the order of the intents: if several are about one key, the last one decides.
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, rows] : open_) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  for (const auto number : numbers)
    settle(number, std::vector<fate>(open_.at(number).size(), fate::unknown));
}

bool state::wants_spill() const { return overlay_.size() >= next_spill_at_; }

void state::spill(const mapping& journal) {
  auto settled = overlay_.sorted();
  std::erase_if(settled, [](const auto& each) { return each.value->state.open > 0; });
  if (!settled.empty()) layers_.push(write_run(settled, journal));
  settled = {};
  overlay_.drop_settled();
  next_spill_at_ = std::max(overlay_limit_, 2 * overlay_.size());
  layers_.compact(*calls_, directory_);
}

layers state::frozen(const mapping& journal) const {
  auto all = layers_;
  if (const auto entries = overlay_.sorted(); !entries.empty())
    all.push(write_run(entries, journal));
  return all;
}

std::shared_ptr<const generation> state::write_run(std::span<const overlay::sorted_entry> entries,
                                                   const mapping& journal) const {
  generation_writer run(file::unnamed(*calls_, directory_),
                        {.capacity = entries.size(), .with_presence = true});
  // Sorted entries and keys are read in another order than they lie in memory.
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + 2 * prefetch_rows < entries.size())
      __builtin_prefetch(entries[i + 2 * prefetch_rows].value);
    if (i + prefetch_rows < entries.size())
      __builtin_prefetch(journal.data() + entries[i + prefetch_rows].value->key_at);
    const auto* value = entries[i].value;
    const auto& key = value->state;
    run.add({value->key, key.fingerprint, 0, key.epoch, flags_of(key)},
            sized_bytes(journal, value->key_at), remembered(*value, journal));
  }
  return std::make_shared<const generation>(run.finish());
}

}  // namespace sluice::ledger
