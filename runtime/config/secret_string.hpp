// An ODBC connection string as it was configured: secret, because it may hold a password.
//
// References are resolved each time the string is used, so a rotated password needs no restart, and
// is in memory only during the call that needs it:
//   * in a value (`Pwd=${env:SHOP_PASSWORD}`) a reference is that value whatever it resolves to: it
//   is
//     put in braces where it holds `;`, `{` or `}`, so that no password can add attributes;
//   * where an attribute would stand (`${env:SHOP_ODBC}`) it stands for attributes;
//   * a relative database file of an SQLite driver is relative to the configuration file.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

/// Comparisons use the written text; only the text of `shown` may be printed; the resolved text is
/// only for the call that needs it. Immutable; thread safe.
class secret_string {
 public:
  secret_string() = default;
  /// `base` is the directory of relative paths.
  explicit secret_string(std::string written, std::filesystem::path base = {})
      : written_(std::move(written)), base_(std::move(base)) {}

  [[nodiscard]] const std::string& written() const { return written_; }
  /// Safe to print: references stay references, and the values of password-like attributes (PWD,
  /// Password, AccessToken, ...) that are anything else become `***`.
  [[nodiscard]] std::string shown() const;
  /// Replaces the references and registers passwords with log::secrets(). Throws `failure`
  /// (invalid_config) naming a variable or file that cannot be read, never its content.
  [[nodiscard]] std::string resolve() const;
  /// The reason for each reference that cannot be resolved. Reasons contain no values.
  [[nodiscard]] std::vector<std::string> unresolved() const;
  /// The problem of the written text, without a quote of it; empty if there is none.
  [[nodiscard]] std::string malformed() const;

  bool operator==(const secret_string&) const = default;

 private:
  std::string written_;
  std::filesystem::path base_;
};

}  // namespace sluice::config
