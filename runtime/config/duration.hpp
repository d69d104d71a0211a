// Durations as people write them: `250ms`, `30s`, `15m`, `24h`, `7d`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

/// The duration of a whole number with one unit; nothing for any other text, overflow included.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest such text with the same value: 60,000 ms is `1m`. REQUIRES: not negative.
std::string to_text(std::chrono::milliseconds duration);

}  // namespace sluice::config
