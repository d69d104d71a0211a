// The configuration as it may be printed: defaults filled in, references as written, passwords
// masked.
#pragma once

#include <string>

#include "runtime/config/config.hpp"
#include "runtime/config/json_document.hpp"

namespace sluice::config {

/// The text of `node_config::explained` from the file and what was read from it.
std::string explained(const ordered_json& file, const node_config& node);
/// The text of `connection_config::explained`, likewise.
std::string explained(const ordered_json& file, const connection_config& connection);

}  // namespace sluice::config
