// Connecting: the one driver call that cannot be cancelled. The caller can leave it to the
// background. Internal to runtime/odbc.
#pragma once

#include <chrono>
#include <stop_token>

#include "runtime/odbc/connection_string.hpp"
#include "runtime/odbc/handles.hpp"

namespace sluice::odbc {

/// Connects to what `text` names. Throws odbc_error, without secrets, and in plain words where the
/// driver manager's message is unclear. Throws (interrupted) as soon as `stop` is requested; the
/// attempt then ends by itself in the background, within `timeout` if the driver heeds it.
dbc_handle connect_driver(const connection_string& text, product kind,
                          std::chrono::milliseconds timeout, const std::stop_token& stop);

}  // namespace sluice::odbc
