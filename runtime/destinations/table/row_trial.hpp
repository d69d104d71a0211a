// Whether an error is that of a row or that of the destination, found out by trying.
#pragma once

#include "runtime/destinations/table/batch_transaction.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// No list of error codes is complete: a policy, a trigger or an extension refuses a row with any
/// code it likes. What tells is whether other rows pass. Whatever is tried is rolled back.
/// Errors that are no refusal (a lost connection, a deadlock) are thrown as odbc_error.
class row_trial {
 public:
  /// Rows of a part that are tried, evenly spread over it.
  static constexpr std::size_t most_samples = 16;

  row_trial(odbc::connection& connection, table_writer& writer)
      : connection_(connection), writer_(writer) {}

  /// True if one of the rows can be written alone.
  bool some_pass(const prepared_batch& rows, const batch_part& part);

  /// True if the statements work that write (or, of a part without such rows, delete): with a row
  /// of the table that is written over itself. An empty table cannot prove it; then the answer is
  /// `if_empty`.
  bool statements_work(const batch_part& part, bool if_empty);

 private:
  enum class answer : std::uint8_t {
    passed,
    row_refused,  ///< with an error that is known to be about the row
    refused,      ///< with any other
  };

  /// Runs `work` in a transaction that is rolled back.
  template <class Work>
  answer attempt(Work&& work);
  bool passes_alone(const prepared_batch& rows, const batch_part& part, std::size_t position);

  odbc::connection& connection_;
  table_writer& writer_;
};

}  // namespace sluice::destinations
