// What `sluice presets` prints. Pure.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/cli/text.hpp"
#include "runtime/config/preset_page.hpp"

namespace sluice::cli {

/// One line for each: name, what it delivers, the modes it offers.
std::string list_of(const std::vector<config::preset_page>& all, const palette& paint,
                    std::size_t width);

/// The whole page, in lines of at most `width` columns but for the examples.
std::string text_of(const config::preset_page& page, const palette& paint, std::size_t width);

nlohmann::ordered_json to_json(const config::preset_page& page);

}  // namespace sluice::cli
