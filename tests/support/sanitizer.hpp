// Facts about sanitizers for tests that measure.
#pragma once

namespace sluice::test {

/// A sanitizer keeps freed memory for a while, so the memory of a process says nothing about leaks.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool memory_is_the_sanitizers = true;
#else
inline constexpr bool memory_is_the_sanitizers = false;
#endif

/// Limits on time are multiplied by this: a program with a sanitizer is several times slower.
#if defined(__SANITIZE_THREAD__)
inline constexpr int slowdown = 10;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr int slowdown = 4;
#else
inline constexpr int slowdown = 1;
#endif

/// The program needs a library of this build (see config/cmake/SluiceTargets.cmake) that is in no
/// package.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool runs_outside_its_build = false;
#else
inline constexpr bool runs_outside_its_build = true;
#endif

}  // namespace sluice::test
