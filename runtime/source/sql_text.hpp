// A user's query as text that can stand inside another one. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/odbc/diagnostics.hpp"

namespace sluice::source {

/// Whether a backslash escapes in MariaDB's strings (sql_mode NO_BACKSLASH_ESCAPES: no).
enum class backslash : bool { plain, escapes };

/// `query` without its trailing semicolon, white space and comments. Comments inside stay: a hint
/// may be one. Strings, quoted names, dollar quotes and nested comments are skipped as `kind` reads
/// them, and rewritten where its driver would read them differently. Throws `odbc_error`
/// (permanent), which calls the query `what`, if it is empty, holds more than one statement, or a
/// quote or comment is never closed.
std::string single_statement(std::string_view query, odbc::product kind,
                             std::string_view what = "the query",
                             backslash meaning = backslash::escapes);

/// Whether a ? stands in `query` outside of quotes and comments. Drivers take it for a parameter.
bool has_question_mark(std::string_view query, odbc::product kind);

}  // namespace sluice::source
