// A driver's error as the failure of a pass: what was tried, on what, why, and what to do about it.
#pragma once

#include <string>

#include "messages/error.hpp"
#include "runtime/odbc/diagnostics.hpp"

namespace sluice::source {

/// (cancelled) if Sluice interrupted the call itself, else (source_failed). Pure.
failure source_failure(const std::string& connection, odbc::product kind,
                       const odbc::diagnostic& what);

}  // namespace sluice::source
