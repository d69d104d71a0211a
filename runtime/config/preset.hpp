// Presets of HTTP destinations: the requests of an API as data, with parameters. Presets in
// config/destinations are built into the program; others are read from files.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/config/http_config.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

/// An http section with its preset filled in.
struct expanded_preset {
  ordered_json section;  ///< the section that is read
  ordered_json shown;    ///< the same with literal secrets among its parameters masked
  std::vector<http_requirement> required;  ///< the preset's requirements for the mapping
  std::vector<std::pair<sync_mode, std::string>> refused;  ///< modes, and why
};

/// Fills in the preset that `destination` names: sets its parameters from `with`, then puts every
/// other key of `destination` over it (objects member by member, everything else as a whole).
/// Without a preset the section is unchanged. Returns nothing, with problems recorded, if the
/// preset is not known, is no preset, or its parameters do not fit.
std::optional<expanded_preset> expand_preset(section& destination);

}  // namespace sluice::config
