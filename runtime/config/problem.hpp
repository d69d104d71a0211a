// What is wrong with the configuration, as values: all of it is collected and shown at once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sluice::config {

/// One thing wrong with the configuration. Texts never hold what a reference resolves to.
struct problem {
  std::filesystem::path file;
  std::string pointer;  ///< JSON pointer, "" for the whole document
  std::string message;  ///< what is wrong
  std::string hint;     ///< what would be right; may be empty

  bool operator==(const problem&) const = default;
};

/// `file:/pointer: message; hint`, on one line whatever the file holds.
std::string to_text(const problem& x);
/// One such line for each, every line ended.
std::string to_text(const std::vector<problem>& all);

}  // namespace sluice::config
