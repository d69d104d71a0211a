// Finds out by trying whether an error is a row's or the destination's.
#pragma once

#include "runtime/destinations/table/batch_transaction.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// No list of error codes is complete: a policy, a trigger or an extension may refuse a row with
/// any code. So other rows are tried; all tries are rolled back. Errors that are no refusal (a lost
/// connection, a deadlock) are thrown as odbc_error.
class row_trial {
 public:
  /// Rows of a part that are tried, evenly spread over it.
  static constexpr std::size_t most_samples = 16;

  row_trial(odbc::connection& connection, table_writer& writer)
      : connection_(connection), writer_(writer) {}

  /// True if one of the rows can be written alone.
  bool some_pass(const prepared_batch& rows, const batch_part& part);

  /// True if the statements that write (or delete, if the part only has deletes) work: tried with a
  /// row of the table that is written over itself. An empty table proves nothing; then the result
  /// is `if_empty`.
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
