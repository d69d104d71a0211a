// Reading a file that is meant to be small.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace sluice::os {

/// Either the content or, in the words of the operating system, why there is none.
struct file_content {
  std::optional<std::string> text;
  std::string why;  ///< set if and only if `text` is not: "No such file or directory"
  int code = 0;     ///< the errno value that comes closest to `why`
};

/// Reads a regular file of at most `limit` bytes. Directories, devices and pipes are refused: the
/// first cannot be read, and the others may never end.
file_content read_small_file(const std::filesystem::path& file, std::size_t limit);

}  // namespace sluice::os
