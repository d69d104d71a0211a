// How long actors wait for the catalog.
#pragma once

#include <chrono>

namespace sluice::actors {

/// It answers in milliseconds; a minute means that its disk hangs.
inline constexpr std::chrono::seconds catalog_timeout{60};

}  // namespace sluice::actors
