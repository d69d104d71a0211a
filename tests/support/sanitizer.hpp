// What a test cannot tell about a program that was built with a sanitizer.
#pragma once

namespace sluice::test {

/// A sanitizer keeps freed memory for a while, so what a process holds tells nothing about it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool memory_is_the_sanitizers = true;
#else
inline constexpr bool memory_is_the_sanitizers = false;
#endif

}  // namespace sluice::test
