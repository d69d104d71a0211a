// Rows that failed alone, remembered beyond their batch. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "messages/batch.hpp"

namespace sluice::destinations {

/// The state of the traffic when a request failed, to recognise later requests by.
struct traffic_moment {
  std::uint64_t sent = 0;      ///< requests that were sent before
  std::uint64_t failures = 0;  ///< of all requests until then, this one included
};

/// A row with other values counts as another row. Bounded: a row without room is forgotten, and
/// tried as if it had not failed.
class failed_rows {
 public:
  static constexpr std::size_t most = 50'000;

  struct failed_row {
    traffic_moment failed_at;
    bool guilty = false;  ///< found guilty, by this run or an earlier one
  };

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::optional<failed_row> find(const delta_view& delta) const {
    const auto found = rows_.find(name_of(delta));
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
  }
  void note(const delta_view& delta, const failed_row& what) {
    if (rows_.size() < most || rows_.contains(name_of(delta))) rows_[name_of(delta)] = what;
  }
  void forget(const delta_view& delta) { rows_.erase(name_of(delta)); }
  /// Forgets rows that were not found guilty.
  void forget_suspects() {
    std::erase_if(rows_, [](const auto& row) { return !row.second.guilty; });
  }

 private:
  struct name {
    hash128 key;
    hash128 values;
    bool operator==(const name&) const = default;
  };
  struct name_hash {
    std::size_t operator()(const name& x) const { return x.key.low ^ (x.values.low * 31); }
  };
  static name name_of(const delta_view& delta) { return {delta.key_hash, delta.fingerprint}; }

  std::unordered_map<name, failed_row, name_hash> rows_;
};

}  // namespace sluice::destinations
