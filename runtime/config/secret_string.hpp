// Text with ${env:NAME} and ${file:PATH} references, resolved only where the value is used.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

namespace sluice::config {

/// The text as written is what is shown, logged and compared; the resolved text is only for the call
/// that needs it. Literal passwords inside it are masked by `shown`.
class secret_string {
 public:
  secret_string() = default;
  /// `base` is the directory that relative ${file:...} paths are relative to.
  explicit secret_string(std::string written, std::filesystem::path base = {})
      : written_(std::move(written)), base_(std::move(base)) {}

  [[nodiscard]] const std::string& written() const { return written_; }
  /// Safe to print: references stay references, and the values of password-like attributes of an ODBC
  /// connection string (PWD, PASSWORD, ...) are replaced by `***`.
  [[nodiscard]] std::string shown() const;
  /// Replaces the references. Throws `failure` (invalid_config) naming a variable or file that cannot
  /// be read, never its content. Surrounding white space of a file's content is trimmed.
  [[nodiscard]] std::string resolve() const;

  bool operator==(const secret_string&) const = default;

 private:
  std::string written_;
  std::filesystem::path base_;
};

}  // namespace sluice::config
