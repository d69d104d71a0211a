// JSON with comments, laid out for people: as many values on a line as fit.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

#include "runtime/config/json_document.hpp"

namespace sluice::config {

/// The document, indented; a value that fits into `width` columns takes one line. `comment` follows
/// each value that one of the JSON pointers `marked` leads to, or an object all of whose values are
/// marked. `read_json` reads it. Ends with a line break. Pure.
std::string commented_json(const ordered_json& document, const std::set<std::string>& marked,
                           std::string_view comment, std::size_t width);

}  // namespace sluice::config
