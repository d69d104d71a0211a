// A ledger view in memory: a plain map, in place of pages and bits.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/diff/fingerprint.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::test {

class memory_view : public ledger::view {
 public:
  explicit memory_view(diff::hash_function hash = diff::fingerprint) : hash_(hash) {}

  /// Adds a key as the ledger would know it; its ordinal is the number of keys before it.
  void add(const std::string& packed_key, ledger::known_row row) {
    row.ordinal = entries_.size();
    by_hash_[hash_(packed_key)] = entries_.size();
    entries_.push_back({packed_key, row, false});
  }

  [[nodiscard]] std::uint64_t keys() const override { return entries_.size(); }

  void lookup(std::span<const hash128> key_hashes,
              std::span<std::optional<ledger::known_row>> found) override {
    ++lookups_;
    for (std::size_t i = 0; i < key_hashes.size(); ++i) {
      const auto it = by_hash_.find(key_hashes[i]);
      found[i] = it == by_hash_.end() ? std::nullopt : std::optional(entries_[it->second].row);
    }
  }

  /// Nothing is remembered.
  [[nodiscard]] std::string_view remembered(const hash128& /*key_hash*/) const override {
    return {};
  }

  bool mark_seen(std::uint64_t ordinal) override {
    return !std::exchange(entries_.at(ordinal).seen, true);
  }

  [[nodiscard]] std::uint64_t unseen() const override {
    std::uint64_t n = 0;
    for (const auto& entry : entries_) n += entry.seen ? 0 : 1;
    return n;
  }

  void for_each_unseen(
      const std::function<bool(const hash128&, std::string_view)>& visit) override {
    for (const auto& entry : entries_)
      if (!entry.seen && !visit(hash_(entry.key), entry.key)) return;
  }

  [[nodiscard]] int lookups() const { return lookups_; }

 private:
  struct known_key {
    std::string key;
    ledger::known_row row;
    bool seen;
  };

  diff::hash_function hash_;
  std::vector<known_key> entries_;
  std::map<hash128, std::size_t> by_hash_;
  int lookups_ = 0;
};

}  // namespace sluice::test
