// How long actors wait for the catalog.
#pragma once

#include <chrono>

namespace sluice::actors {

/// The catalog answers in milliseconds; a minute means that the disk hangs.
inline constexpr std::chrono::seconds catalog_timeout{60};

}  // namespace sluice::actors
