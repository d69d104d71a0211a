#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sluice::ledger::test {

/// All of a file.
inline std::string whole_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace sluice::ledger::test
