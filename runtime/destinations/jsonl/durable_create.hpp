// Creating files and directories so that they survive a power loss.
#pragma once

#include <filesystem>

#include "runtime/os/unique_fd.hpp"

namespace sluice::destinations {

/// Opens `path` for reading and appending; creates it (mode 0640 under the umask) and the
/// directories that are missing (0750), and makes each new name durable. Throws `failure`
/// (destination_failed), also if it is not a regular file.
os::unique_fd open_for_append(const std::filesystem::path& path);

/// Throws `failure` where `open_for_append` would, as far as can be known without changing
/// anything.
void probe_for_append(const std::filesystem::path& path);

}  // namespace sluice::destinations
