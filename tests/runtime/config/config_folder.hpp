// A folder with a valid node.json and a valid connections/customers.json, to be spoilt by tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/config/config.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::test {

class config_folder {
 public:
  config_folder();

  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  /// Writes (or overwrites) a file; folders are made as needed.
  void write(const std::filesystem::path& file, const std::string& text) const;
  void remove(const std::filesystem::path& file) const;

  /// Applies a JSON merge patch (RFC 7396: null removes a member) to the valid file.
  void patch_node(const std::string& patch) const;
  void patch_connection(const std::string& patch) const;

  [[nodiscard]] config::load_result load() const;
  /// Loads what must be valid; throws with the problems if it is not.
  [[nodiscard]] config::node_config valid() const;
  /// The same, `customers` of it.
  [[nodiscard]] config::connection_config customers() const;
  /// The valid configuration as it holds, as JSON: `{"node": {…}, "connections": {…}}`.
  [[nodiscard]] std::string effective() const;

  /// All problems as text, one per line, with file names relative to the folder.
  [[nodiscard]] std::string problems() const;
  /// The problems of a valid configuration but for this change to `customers`.
  [[nodiscard]] std::string problems_with(const std::string& connection_patch) const;
  /// The problems of a valid configuration but for this change to the node.
  [[nodiscard]] std::string problems_with_node(const std::string& node_patch) const;

 private:
  temp_dir dir_;
};

/// Sets an environment variable until the end of the scope. Tests run in one thread.
class variable {
 public:
  variable(std::string name, const std::string& value) : name_(std::move(name)) {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~variable() { ::unsetenv(name_.c_str()); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  std::string name_;
};

}  // namespace sluice::test
