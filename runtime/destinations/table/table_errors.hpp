// The meaning of a database's errors for the rows of a batch and for the destination.
#pragma once

#include <cstdint>
#include <string>

#include "messages/batch.hpp"
#include "messages/error.hpp"
#include "runtime/odbc/diagnostics.hpp"

namespace sluice::destinations {

/// True if the error is known to be about the values of a row: the same statement without it may
/// work. False proves nothing: triggers and policies may raise any error. See row_trial.
bool refuses_row(const odbc::diagnostic& what);

/// The error for rows that a statement left out without an error, because of triggers, rules or
/// policies, and that are not in the table as they were sent.
odbc::odbc_error kept_out();
/// The reason of a row that a delete left in the table.
inline constexpr auto kept_row_reason =
    "the delete ended without an error, but the row is still there: a trigger, a rule or a policy "
    "of the table keeps it";

/// The reason of a rejected row: the database's own message if it is clear.
std::string rejection_reason(const odbc::diagnostic& what);

/// The rejection of the row at `index` of its batch for `why`: final only if the error is known to
/// be about the row's own values.
rejection rejection_of(std::uint32_t index, const odbc::odbc_error& why);

/// The failure of the whole destination; `cancelled` where we interrupted it ourselves.
failure connect_failure(const odbc::odbc_error& e, const std::string& table);
failure table_failure(const odbc::odbc_error& e, std::string operation, const std::string& table);

}  // namespace sluice::destinations
