// Threads that may outlive whoever started them: a driver call that hangs cannot be ended from
// outside, only left to its own time-out. Internal to runtime/odbc.
#pragma once

#include <functional>

namespace sluice::odbc {

/// Runs `work` on a thread of its own, called `name` (at most 15 characters) in process listings.
/// `work` must own what it uses and must not throw. At the end of the process such threads are
/// waited for, for as long as connecting takes at most. Throws std::system_error if no thread can
/// be had.
void run_in_background(const char* name, std::function<void()> work);

}  // namespace sluice::odbc
