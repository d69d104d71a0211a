// Connecting: the one driver call that cannot be cancelled, so it can be walked away from. Internal
// to runtime/odbc.
#pragma once

#include <chrono>
#include <stop_token>

#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/handles.hpp"

namespace sluice::odbc {

/// Connects to what `text` names. Throws odbc_error: in plain words where the driver manager's are
/// not, without secrets, and (interrupted) as soon as `stop` is requested; the attempt then runs
/// out by itself in the background, within `timeout` where the driver heeds it.
dbc_handle connect_driver(const connection_string& text, product kind,
                          std::chrono::milliseconds timeout, const std::stop_token& stop);

}  // namespace sluice::odbc
