// Now, by both clocks.
#pragma once

#include <chrono>

#include "messages/timestamp.hpp"

namespace sluice::api {

/// What lasts is measured by the first clock; people are told the time of the second one.
struct moment {
  std::chrono::steady_clock::time_point steady;
  timestamp wall;
};

}  // namespace sluice::api
