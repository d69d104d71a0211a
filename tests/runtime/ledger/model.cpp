#include "tests/runtime/ledger/model.hpp"

#include <fmt/format.h>

#include "messages/row.hpp"
#include "runtime/ledger/bytes.hpp"

namespace sluice::ledger::test {

std::string packed_key(int key) {
  std::string packed;
  append_value(packed, value_kind::integer, std::to_string(key));
  // Keys of many sizes, some without alignment, a few long ones.
  append_value(packed, value_kind::text, std::string(key % 11 == 0 ? 300 : key % 7, 'k'));
  return packed;
}

hash128 key_hash(int key, hashing how) { return key_hash(packed_key(key), how); }

hash128 key_hash(std::string_view packed_key, hashing how) {
  const auto uniform = hash_text(packed_key);
  switch (how) {
    case hashing::uniform:
      return uniform;
    case hashing::same_prefix:
      return {0x1234567890abcdef, uniform.low};
    case hashing::few_prefixes:
      return {uniform.high % 3 * (~std::uint64_t{0} / 2), uniform.low};
  }
  return uniform;
}

hash128 fingerprint(std::uint64_t value) { return {value + 1, ~value}; }

batch batch_of(const std::vector<change>& changes, hashing how) {
  batch deltas;
  for (const auto& each : changes)
    deltas.append(each.op, key_hash(each.key, how),
                  each.op == operation::erase ? hash128{} : fingerprint(each.value),
                  packed_key(each.key), "the row is of no interest here", each.delivery);
  return deltas;
}

std::vector<row_answer> answers_to(const std::vector<change>& changes,
                                   const std::vector<fate>& fates) {
  std::vector<row_answer> out;
  out.reserve(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (fates[i] == fate::delivered && changes[i].op != operation::erase &&
        !changes[i].answer.empty())
      out.push_back({static_cast<std::uint32_t>(i), changes[i].answer});
  return out;
}

void model::intend(std::uint64_t intent, std::vector<change> changes) {
  open_.emplace(intent, std::move(changes));
}

void model::settle(std::uint64_t intent, const std::vector<fate>& fates) {
  const auto changes = open_.at(intent);
  open_.erase(intent);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto& key = values_[changes[i].key];
    if (fates[i] == fate::unknown) {
      key.doubt = true;
      key.delivery = changes[i].delivery;
    }
    if (fates[i] != fate::delivered) continue;
    auto remembered = changes[i].answer.empty() ? key.remembered : changes[i].answer;
    key = {};
    if (changes[i].op == operation::erase) continue;
    key.remembered = std::move(remembered);
    key.acknowledged = changes[i].value;
    key.epoch = epoch_;
  }
}

void model::restart() {
  while (!open_.empty()) {
    const auto& [intent, changes] = *open_.begin();
    settle(intent, std::vector<fate>(changes.size(), fate::unknown));
  }
}

int model::open_intents(int key) const {
  int count = 0;
  for (const auto& [intent, changes] : open_)
    for (const auto& each : changes) count += each.key == key ? 1 : 0;
  return count;
}

std::string model::difference(view& seen, int keys) const {
  std::vector<hash128> hashes;
  hashes.reserve(static_cast<std::size_t>(keys));
  for (int key = 0; key < keys; ++key) hashes.push_back(key_hash(key, how_));
  std::vector<std::optional<known_row>> found(hashes.size());
  seen.lookup(hashes, found);

  std::uint64_t known = 0;
  std::uint64_t marked = 0;
  std::map<std::string, hash128> expected_unseen;
  for (int key = 0; key < keys; ++key) {
    const auto at = values_.find(key);
    const auto expected = at == values_.end() ? value{} : at->second;
    const auto open = open_intents(key);
    const auto& row = found[static_cast<std::size_t>(key)];
    if (expected.known(open) != row.has_value())
      return fmt::format("key {} should be {}", key, row ? "unknown" : "known");
    if (!row) continue;
    ++known;
    if (row->acknowledged != expected.acknowledged.has_value())
      return fmt::format("key {} should{} be acknowledged", key, row->acknowledged ? " not" : "");
    if (row->in_doubt != (expected.doubt || open > 0))
      return fmt::format("key {} should{} be in doubt", key, row->in_doubt ? " not" : "");
    if (row->delivery != expected.delivery) return fmt::format("key {} has another delivery", key);
    if (row->acknowledged && !expected.doubt &&
        row->fingerprint != fingerprint(*expected.acknowledged))
      return fmt::format("key {} has another value than {}", key, *expected.acknowledged);
    if (row->acknowledged && row->epoch != expected.epoch)
      return fmt::format("key {} has epoch {} for {}", key, row->epoch, expected.epoch);
    if (key % 3 != 0) {
      expected_unseen.emplace(packed_key(key), key_hash(key, how_));
      continue;
    }
    ++marked;
    if (!seen.mark_seen(row->ordinal)) return fmt::format("key {} is marked already", key);
    if (seen.mark_seen(row->ordinal)) return fmt::format("key {} seen twice is no duplicate", key);
  }
  if (seen.keys() != known) return fmt::format("{} keys for {}", seen.keys(), known);
  if (seen.unseen() != known - marked)
    return fmt::format("{} unseen for {}", seen.unseen(), known - marked);

  std::map<std::string, hash128> unseen;
  bool twice = false;
  seen.for_each_unseen([&](const hash128& hash, std::string_view key) {
    twice |= !unseen.emplace(key, hash).second;
    return true;
  });
  if (twice) return "a key is walked twice";
  if (unseen != expected_unseen)
    return fmt::format("the walk finds {} keys for {}, or others", unseen.size(),
                       expected_unseen.size());
  const auto every = every_key(keys);
  return difference_in_memory(keys, [&](int key) {
    return seen.remembered(every[static_cast<std::size_t>(key)].key_hash);
  });
}

std::string model::difference_in_memory(
    int keys, const std::function<std::string_view(int)>& remembered) const {
  for (int key = 0; key < keys; ++key) {
    const auto at = values_.find(key);
    const auto expected = at == values_.end() ? std::string{} : at->second.remembered;
    if (const auto found = remembered(key); found != expected)
      return fmt::format("'{}' is remembered of key {} for '{}'", found, key, expected);
  }
  return {};
}

batch model::every_key(int keys) const {
  std::vector<change> every;
  every.reserve(static_cast<std::size_t>(keys));
  for (int key = 0; key < keys; ++key) every.push_back({.key = key});
  return batch_of(every, how_);
}

std::string model::difference(ledger& real, int keys) const {
  if (real.epoch() != epoch_) return fmt::format("epoch {} for {}", real.epoch(), epoch_);
  std::uint64_t rows = 0;
  for (const auto& [key, each] : values_) rows += each.acknowledged ? 1 : 0;
  if (real.rows() != rows) return fmt::format("{} rows for {}", real.rows(), rows);
  auto recalled = every_key(keys);
  real.recall(recalled);
  auto differs = difference_in_memory(
      keys, [&](int key) { return recalled[static_cast<std::size_t>(key)].remembered; });
  if (!differs.empty()) return differs;
  return difference(*real.snapshot(), keys);
}

}  // namespace sluice::ledger::test
