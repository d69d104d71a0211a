// What errors of a database mean for the rows of a batch and for the destination.
#pragma once

#include <cstdint>
#include <string>

#include "messages/batch.hpp"
#include "messages/error.hpp"
#include "runtime/odbc/diagnostics.hpp"

namespace sluice::destinations {

/// True if the error is known to be about the values of a row: the same statement without it may
/// work. A false says nothing: triggers and policies raise what they like. See row_trial.
bool refuses_row(const odbc::diagnostic& what);

/// For rows that a statement left out without an error, as triggers, rules and policies can make it
/// do, and that are not in the table as they were sent.
odbc::odbc_error kept_out();
/// What the user is told about a row that a delete left where it is.
inline constexpr auto kept_row_reason =
    "the delete ended without an error, but the row is still there: a trigger, a rule or a policy "
    "of the table keeps it";

/// What the user is told about a rejected row: the database's own words where they are to the
/// point.
std::string rejection_reason(const odbc::diagnostic& what);

/// The rejection of the row at `index` of its batch for `why`: for good only where the error is
/// known to be about the row's own values.
rejection rejection_of(std::uint32_t index, const odbc::odbc_error& why);

/// The failure of the whole destination; `cancelled` where we interrupted it ourselves.
failure connect_failure(const odbc::odbc_error& e, const std::string& table);
failure table_failure(const odbc::odbc_error& e, std::string operation, const std::string& table);

}  // namespace sluice::destinations
