// What becomes of a detached actor whose thread cannot be started.
#pragma once

#include <cstdint>

namespace sluice {

/// How many detached actors of this process ended at once since no thread was to be had. Any
/// thread.
///
/// CAF 0.17.6 lets the failure of the thread out of `spawn` as std::system_error. That ends whoever
/// spawned, and leaves behind an actor that never runs and never ends, which an actor system that
/// ends awaits for ever. This part of Sluice defines `caf::detail::private_thread::start()` anew,
/// and the dynamic linker prefers the program's definition to the library's: an actor without a
/// thread is spawned all the same, and has ended with `errc::exhausted` when `spawn` returns.
/// Whoever monitors it is told, and whoever asks it something gets that error, as with any actor
/// that failed.
std::uint64_t actors_without_thread() noexcept;

}  // namespace sluice
