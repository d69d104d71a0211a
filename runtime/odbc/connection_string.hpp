// ODBC connection strings as lists of attributes: `Key=value;Key={value with ; and }} inside}`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::odbc {

/// A parsed connection string. Keys compare without case; the first of two equal keys counts, as it
/// does for the driver manager. Holds secrets: never printed, logged or put into an error.
class connection_string {
 public:
  /// Throws odbc_error (permanent) on a brace that is never closed or on a part without `=`; the
  /// error shows no value.
  explicit connection_string(std::string_view text);

  /// The value with braces removed and `}}` undone, or nothing.
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const;
  /// Appends `key=value` unless the key is there.
  void add_default(std::string_view key, std::string_view value);
  /// The text for the driver manager: the user's own words, then what was added.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// `message` with every secret (log::secret_parts) in it masked, since drivers may put secrets
  /// into their messages. A password that is also the user's, server's or database's name masks
  /// nothing.
  [[nodiscard]] std::string without_secrets(std::string message) const;

 private:
  struct attribute {
    std::string key;  ///< lower case
    std::string value;
  };
  std::vector<attribute> attributes_;
  std::string text_;
};

/// `text` in lower case (ASCII).
std::string lower(std::string_view text);

}  // namespace sluice::odbc
