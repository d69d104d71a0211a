// Errors of the file system, with hints for the person who has to mend them.
#pragma once

#include <filesystem>
#include <string>

#include "messages/error.hpp"

namespace sluice::destinations {

/// `destination_failed` for a failed system call, with a hint that fits `error_number` (errno).
error file_error(std::string operation, const std::filesystem::path& path, int error_number);

}  // namespace sluice::destinations
