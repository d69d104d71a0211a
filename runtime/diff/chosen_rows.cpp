#include "runtime/diff/chosen_rows.hpp"

#include <optional>
#include <utility>

#include "runtime/diff/fingerprint.hpp"
#include "runtime/diff/vanished.hpp"

namespace sluice::diff {

chosen_rows::chosen_rows(std::vector<std::string> keys, const identity_rule& rule) {
  row_identity identity(rule);
  rows_.reserve(keys.size());
  for (auto& key : keys) {
    const auto hash = fingerprint(identity.of(key));
    by_hash_[hash.low].push_back(rows_.size());
    rows_.push_back({std::move(key), hash});
  }
}

void chosen_rows::note(const row_block& rows) {
  if (rows_.empty()) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    if (row.state != key_use::usable) continue;
    const auto chosen = by_hash_.find(row.key_hash.low);
    if (chosen == by_hash_.end()) continue;
    for (const auto at : chosen->second)
      if (rows_[at].key_hash == row.key_hash) {
        rows_[at].found = true;
        rows_[at].key = row.key;
      }
  }
}

std::vector<std::string> chosen_rows::keys() const {
  std::vector<std::string> keys;
  keys.reserve(rows_.size());
  for (const auto& row : rows_) keys.push_back(row.key);
  return keys;
}

std::vector<std::string_view> chosen_rows::absent() const {
  std::vector<std::string_view> keys;
  for (const auto& row : rows_)
    if (!row.found) keys.push_back(row.key);
  return keys;
}

std::vector<std::string_view> chosen_rows::delete_absent(ledger::view& known, router& deltas,
                                                         std::uint64_t run) {
  std::vector<std::string_view> unknown;
  for (const auto& row : rows_) {
    if (row.found) continue;
    std::optional<ledger::known_row> found;
    known.lookup({&row.key_hash, 1}, {&found, 1});
    if (!found)
      unknown.push_back(row.key);
    else if (known.mark_seen(found->ordinal))  // a key may have been named twice
      add_delete(deltas, {row.key_hash, row.key}, *found, run);
  }
  deltas.complete_all();
  return unknown;
}

}  // namespace sluice::diff
