// The rows that a run is about, where a person has named them by their keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "messages/hash128.hpp"
#include "runtime/diff/router.hpp"
#include "runtime/diff/row_block.hpp"
#include "runtime/diff/row_identity.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

/// One thread only.
class chosen_rows {
 public:
  chosen_rows() = default;
  /// `keys`: packed, as the model's rows have them.
  chosen_rows(std::vector<std::string> keys, const identity_rule& rule);

  /// Notes rows that the source has.
  void note(const row_block& rows);

  /// The packed keys of all of them, as the source spells those that it has.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// The packed keys of rows that the source has not. Valid as long as this object.
  [[nodiscard]] std::vector<std::string_view> absent() const;

  /// Routes a delete for each absent row that the ledger knows, and completes the batches. Marks
  /// these rows as seen in the view. Returns the packed keys of those that it does not know. `run`
  /// names the deliveries, see delivery_name.
  std::vector<std::string_view> delete_absent(ledger::view& known, router& deltas,
                                              std::uint64_t run);

 private:
  struct choice {
    std::string key;
    hash128 key_hash;
    bool found = false;
  };
  std::vector<choice> rows_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_hash_;  ///< by its `low`
};

}  // namespace sluice::diff
