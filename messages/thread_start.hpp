// What becomes of a detached actor whose thread cannot be started.
#pragma once

#include <cstdint>

namespace sluice {

/// How many detached actors of this process ended at once for lack of a thread. Any thread.
///
/// In CAF 0.17.6 `spawn` throws std::system_error if the thread cannot be started. The exception
/// ends the spawning actor, and leaves an actor that never runs and never ends: its actor system
/// cannot end. This part of Sluice defines `caf::detail::private_thread::start()` anew, and the
/// dynamic linker prefers the program's definition to the library's: an actor without a thread is
/// spawned all the same, and has ended with `errc::exhausted` when `spawn` returns. Its monitors
/// are told, and requests to it get that error, as with any actor that failed.
std::uint64_t actors_without_thread() noexcept;

}  // namespace sluice
