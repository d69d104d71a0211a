// Threads that may outlive the thread that started them: a driver call that hangs cannot be ended
// from outside, only left to its own time-out.
#pragma once

#include <functional>

namespace sluice::odbc {

/// Runs `work` on a thread of its own, called `name` (at most 15 characters) in process listings.
/// `work` must own what it uses and must not throw. Throws std::system_error if no thread can be
/// had. Internal to runtime/odbc.
void run_in_background(const char* name, std::function<void()> work);

/// Waits for all such threads, up to the longest time that connecting takes (10 s); returns whether
/// they ended. To be called when the process ends, before its exit handlers run: OpenSSL's handler,
/// which libpq's first TLS connection registers, frees memory that a connecting thread still uses.
/// After `false` only std::_Exit is safe.
[[nodiscard]] bool finish_background();

}  // namespace sluice::odbc
