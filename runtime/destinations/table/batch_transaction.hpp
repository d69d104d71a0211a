// One transaction: writes all rows that the database takes, and collects the reasons for the
// others.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// Half-open ranges of a prepared batch.
struct batch_part {
  std::size_t first_erase = 0, end_erase = 0;
  std::size_t first_write = 0, end_write = 0;

  static batch_part whole(const prepared_batch& b) {
    return {0, b.erases.size(), 0, b.writes.size()};
  }
  [[nodiscard]] std::size_t size() const {
    return end_erase - first_erase + (end_write - first_write);
  }
  /// Has rows of both kinds.
  [[nodiscard]] bool is_mixed() const { return first_erase < end_erase && first_write < end_write; }
  /// Two parts of about half the size, to be applied in this order. REQUIRES: size() > 1.
  [[nodiscard]] std::pair<batch_part, batch_part> halves() const;
};

/// How a transaction ended.
struct transaction_end {
  enum class how : std::uint8_t {
    committed,  ///< durable, except for `rejected`
    refused,    ///< rolled back: one of its rows, or several, cannot be written
    doubtful,   ///< the connection broke during the commit: its outcome is unknown
  } what = how::committed;
  std::vector<rejection> rejected;         ///< if committed; see also run_whole
  std::optional<odbc::odbc_error> reason;  ///< if not committed
};

/// Which errors count as errors of a row.
enum class blame : std::uint8_t {
  known_errors,  ///< errors that are known to be about rows; any other is the destination's
  any_refusal,   ///< every refusal: the database has taken other rows
};

/// Runs transactions on one connection. A batch without bad rows costs one statement per chunk.
/// When a statement fails because of a row, everything is rolled back and done again with a
/// savepoint around each statement; a statement that fails is halved until the bad rows stand
/// alone: about 2 log2(n) statements for one bad row of n. The same is done when the commit is
/// refused, if the database can check constraints before it. Rows on which a statement has no
/// effect are rejected, too, without a roll-back.
class batch_transaction {
 public:
  batch_transaction(odbc::connection& connection, table_writer& writer,
                    blame on_rows = blame::known_errors)
      : connection_(connection), writer_(writer), on_rows_(on_rows) {}

  /// Throws odbc_error if the transaction was certainly not committed; it has been rolled back.
  transaction_end run(const prepared_batch& rows, const batch_part& part);

  /// The same for all rows or none: `first` is run before them, in the same transaction. If rows
  /// are refused, the transaction is rolled back, and the end is `refused` and names them.
  transaction_end run_whole(const prepared_batch& rows, std::function<void()> first);

 private:
  enum class action : std::uint8_t { erase, write };
  struct statement_rows;

  void begin();
  template <class Write>
  void for_each_chunk(const prepared_batch& rows, const batch_part& part, Write&& write);
  void write(const statement_rows& chunk);
  void reject(const statement_rows& chunk, const std::vector<std::uint32_t>& without_effect);
  std::vector<std::uint32_t> apply(const statement_rows& chunk);
  void write_or_halve(const statement_rows& chunk);
  void write_each(const statement_rows& chunk);
  void write_carefully(const prepared_batch& rows, const batch_part& part);
  [[nodiscard]] bool refuses(const odbc::odbc_error& e) const;
  transaction_end commit();

  odbc::connection& connection_;
  table_writer& writer_;
  const blame on_rows_;
  /// Empty: rows that can be written are written without the others.
  std::function<void()> first_;
  bool checks_deferred_ = false;  ///< after every statement, since the commit was refused
  std::vector<rejection> rejected_;
};

}  // namespace sluice::destinations
