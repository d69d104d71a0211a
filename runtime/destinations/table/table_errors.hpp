// What errors of a database mean for the rows of a batch and for the destination.
#pragma once

#include <string>

#include "messages/error.hpp"
#include "runtime/odbc/diagnostics.hpp"

namespace sluice::destinations {

/// True if the error is about the values of a row: the same statement without it may work.
bool refuses_row(const odbc::diagnostic& what);

/// What the user is told about a rejected row: the database's own words where they are to the
/// point.
std::string rejection_reason(const odbc::diagnostic& what);

/// The failure of the whole destination; `cancelled` where we interrupted it ourselves.
failure connect_failure(const odbc::odbc_error& e, const std::string& table);
failure table_failure(const odbc::odbc_error& e, std::string operation, const std::string& table);

}  // namespace sluice::destinations
