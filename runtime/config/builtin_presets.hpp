// The presets that are built into the program. The build makes them from
// config/destinations/*.json.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace sluice::config {

struct builtin_preset {
  std::string_view name;
  std::string_view text;  ///< JSON with comments
};

std::span<const builtin_preset> builtin_presets();

}  // namespace sluice::config
