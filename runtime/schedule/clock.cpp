#include "runtime/schedule/clock.hpp"

namespace sluice::schedule {

timestamp system_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace sluice::schedule
