// Files with secrets that others than the node may read.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/config/json_document.hpp"
#include "runtime/config/problem.hpp"

namespace sluice::config {

/// Of one configuration file, a warning for each file that others may read: those that references
/// name, the keys of TLS, and the file itself if it holds secrets. `explained` is the document as
/// it is printed, which tells: its secrets are masked. A group that may read counts only where the
/// file is the node's own, for else the node may have no other way to it.
std::vector<problem> exposed_files(const std::filesystem::path& file, const ordered_json& document,
                                   const std::string& explained);

}  // namespace sluice::config
