// JSON as people write it: as many values on a line as fit, and comments.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

#include "runtime/config/json_document.hpp"

namespace sluice::config {

/// The document, indented; what fits into `width` columns stands on one line. `comment` stands
/// behind each value that one of the JSON pointers `marked` leads to, or behind the object around
/// them if all of its values are. `read_json` reads it. Ends with a line break. Pure.
std::string commented_json(const ordered_json& document, const std::set<std::string>& marked,
                           std::string_view comment, std::size_t width);

}  // namespace sluice::config
