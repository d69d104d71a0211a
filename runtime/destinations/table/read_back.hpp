// Looks whether rows are in the table as they were sent: for databases whose drivers were not
// measured, where neither a success nor a row count proves anything.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/table/keyed_select.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"

namespace sluice::destinations {

/// Reads through a connection of its own: what the writing one sees may never have been committed.
/// Used by one thread.
class read_back {
 public:
  /// Connects when it is first needed. `layout` must outlive it. REQUIRES: the layout has a key.
  read_back(config::odbc_config config, std::stop_token stop, const table_layout& layout);

  /// Before `rows` are delivered: notes which of them the table has. Throws odbc_error.
  void look_before(const prepared_batch& rows);

  /// After `rows` were delivered: rows that are `delivered` in `outcome` but differ in the table,
  /// or are still there although deleted, become `unknown`, each with its reason among the
  /// rejections. If nothing can be read, all rows become `unknown`, and the failure is in the
  /// outcome. A deleted row that was not found before either is looked for among all keys of the
  /// table, since a failed search by key proves nothing.
  void judge(const prepared_batch& rows, batch_outcome& outcome);

  /// Rows that were not there as they were sent, so far.
  [[nodiscard]] std::uint64_t missed() const { return missed_; }

 private:
  using keys = std::vector<value_view>;
  keyed_select& select();
  std::string problem_of_write(const rows_view& rows, std::size_t r, bool was_there);
  std::string problem_of_erase(const keys& key);
  void doubt(std::uint32_t index, std::string reason, batch_outcome& outcome);
  void judge_writes(const prepared_rows& rows, batch_outcome& outcome);
  void judge_erases(const prepared_rows& rows, batch_outcome& outcome);
  void look_among_all(const prepared_rows& rows, const std::vector<std::size_t>& which,
                      batch_outcome& outcome);

  const config::odbc_config config_;
  const std::stop_token stop_;
  const table_layout& layout_;
  std::optional<odbc::connection> connection_;
  std::optional<keyed_select> select_;  ///< refers to it; goes first
  std::vector<bool> written_before_;  ///< by position in the batch's writes: the table has the key
  std::vector<bool> erased_before_;
  std::uint64_t missed_ = 0;
};

}  // namespace sluice::destinations
