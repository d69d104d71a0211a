// Compares rows with the ledger, and makes deltas.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/run.hpp"
#include "runtime/diff/decision.hpp"
#include "runtime/diff/new_key_filter.hpp"
#include "runtime/diff/refused_rows.hpp"
#include "runtime/diff/router.hpp"
#include "runtime/diff/row_block.hpp"
#include "runtime/ledger/ledger.hpp"

namespace sluice::diff {

/// A row that cannot be delivered.
struct invalid_row {
  std::string key;  ///< packed; may hold NULLs, and is empty if it could not be read
  std::string reason;
  /// The number, from 1, of a row without a usable key (with a NULL, or unreadable) among such rows
  /// of the pass; 0 for rows that their key identifies.
  std::uint64_t nameless = 0;

  bool operator==(const invalid_row&) const = default;
};

/// Decides about every row of one pass. Pure but for the view and the filter it is given; one
/// thread only.
///
/// - The first row with a key wins; later ones are invalid.
/// - An invalid row whose key is usable counts as seen, and as the first with its key: one bad cell
///   must not look as if the row had vanished, or a mirror would delete it.
/// - A NULL key matches no row that was ever delivered, so its row has no effect on deletes. An
///   unreadable key may belong to any row that seems to have vanished: such keys are counted, and
///   if there are any, the delete guard holds deletes back.
/// - A row that the destination refused and that is unchanged since is not offered again: it counts
///   as unchanged. If its key is in doubt, it is offered all the same.
class differ {
 public:
  /// All arguments but the rules must outlive the differ.
  differ(ledger::view& known, new_key_filter& fresh, refused_rows& refused, router& deltas,
         const pass_rules& rules);

  /// Decides about the rows of a block, in their order, until the router is full. Deltas go to the
  /// router. Throws what the view and the filter throw.
  void decide_all(const row_block& rows);

  /// The invalid rows since the last call.
  std::vector<invalid_row> take_invalid();

  /// The hashes of keys, since the last call, that had come before in the pass.
  std::vector<hash128> take_repeated();

  /// Counts decided rows and deltas taken from the router, so that at any moment read = unchanged +
  /// invalid + inserts + updates, and inserts + updates + deletes are exactly the sent deltas. Rows
  /// whose delta waits in the router are not counted as read.
  [[nodiscard]] run_counters counters() const;
  /// Rows that the source returned, waiting ones included.
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t unreadable_keys() const { return unreadable_keys_; }

 private:
  bool note(const row_view& row, const std::optional<ledger::known_row>& known);
  void add_invalid(const row_view& row, std::string_view reason);
  void add_valid(const row_view& row, const std::optional<ledger::known_row>& known);
  void offer(operation op, const row_view& row, const std::optional<ledger::known_row>& known);

  ledger::view& known_;
  new_key_filter& fresh_;
  refused_rows& refused_;
  router& deltas_;
  const pass_rules rules_;
  std::vector<std::optional<ledger::known_row>> found_;
  std::vector<invalid_row> invalid_;
  std::vector<hash128> repeated_;
  std::uint64_t rows_ = 0;
  std::uint64_t unchanged_ = 0;
  std::uint64_t invalid_count_ = 0;
  std::uint64_t unreadable_keys_ = 0;
  std::uint64_t nameless_ = 0;
};

}  // namespace sluice::diff
