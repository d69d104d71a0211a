// Delivers one batch: runs transactions, and decides what to do when they fail.
#pragma once

#include <chrono>
#include <optional>
#include <random>

#include "messages/batch.hpp"
#include "messages/error.hpp"
#include "runtime/destinations/table/batch_transaction.hpp"
#include "runtime/destinations/table/table_connection.hpp"

namespace sluice::destinations {

/// A transaction that fails for a temporary reason (deadlock, lock time-out, lost connection before
/// the commit) is tried again, on a new connection if necessary.
///
/// Any other failure counts for the destination if it concerns all rows. If other rows pass, it
/// counts for the failing rows: they are narrowed down and rejected, whatever the error code. Rows
/// that alone run into the server's time-out or break the connection, each time, are rejected, too.
class batch_delivery {
 public:
  static constexpr int max_attempts = 6;
  /// After so many time-outs of the server or lost connections, fewer rows are tried at once.
  static constexpr int max_breaks = 2;
  static constexpr std::chrono::milliseconds first_pause{50};  ///< doubles, with full jitter
  static constexpr std::chrono::milliseconds longest_pause{2'000};

  explicit batch_delivery(table_connection& target) : target_(target) {}

  /// Settles every row of `rows` in `outcome`, whose other fates are set. After a requested stop
  /// the rest is left `undelivered`. Throws `failure` if the destination as a whole failed and
  /// nothing of this batch was applied; if something was, the failure is in the outcome.
  void deliver(const prepared_batch& rows, batch_outcome& outcome);

 private:
  enum class next : std::uint8_t { go_on, halve, give_up };

  next deliver_part(const prepared_batch& rows, const batch_part& part, batch_outcome& outcome);
  next settle(const transaction_end& end, const prepared_batch& rows, const batch_part& part,
              batch_outcome& outcome);
  transaction_end try_until_it_ends(const prepared_batch& rows, const batch_part& part);
  struct tries;
  std::optional<transaction_end> end_of(const prepared_batch& rows, const batch_part& part,
                                        const odbc::odbc_error& e, tries& so_far);
  bool others_pass(const prepared_batch& rows, const batch_part& part);
  bool statements_work(const batch_part& part);
  [[nodiscard]] failure as_failure(const odbc::odbc_error& e) const;
  bool pause(int attempt);

  table_connection& target_;
  std::minstd_rand random_{std::random_device{}()};
  bool applied_ = false;     ///< rows of the current batch may be in the table
  bool any_passed_ = false;  ///< some row of the run was delivered
};

}  // namespace sluice::destinations
