// Ids of runs: ULIDs, 48 bits of milliseconds and 80 random bits in 26 characters of Crockford's
// base 32, so that ids sort by the time they were made (https://github.com/ulid/spec).
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "runtime/schedule/clock.hpp"

namespace sluice::schedule {

/// Makes ids that strictly ascend within one generator, also when several fall into one millisecond
/// or the clock is set back. Thread safe.
class ulid_generator {
 public:
  /// 32 random bits. Called under the generator's lock.
  using random_source = std::function<std::uint32_t()>;

  /// Random bits come from the operating system.
  explicit ulid_generator(clock now = system_now);
  ulid_generator(clock now, random_source random);

  std::string next();

 private:
  void draw_random_bits();
  void increment();

  clock now_;
  random_source random_;
  std::mutex mutex_;
  std::uint64_t milliseconds_ = 0;  ///< of the last id
  std::uint16_t random_high_ = 0;   ///< its random bits, the upper 16
  std::uint64_t random_low_ = 0;    ///< and the lower 64
  bool started_ = false;
};

}  // namespace sluice::schedule
