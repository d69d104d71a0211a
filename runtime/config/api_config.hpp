// The HTTP API of a node, and who may use it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/defaults.hpp"
#include "runtime/config/numeric_address.hpp"

namespace sluice::config {

/// A token of the API.
struct api_token {
  std::string name;       ///< of its bearer, for logs and run records
  bool operates = false;  ///< may change things; else an observer
  bool rows = true;       ///< may see keys, reasons, previews and row logs
  std::string written;    ///< references unresolved

  bool operator==(const api_token&) const = default;
};

/// As whom the API shows itself. PEM files.
struct api_tls_config {
  std::filesystem::path certificate;
  std::filesystem::path key;
  bool operator==(const api_tls_config&) const = default;
};

/// The section `api` of node.json.
struct api_config {
  numeric_address listen;
  /// What else requests may say that they were sent to, in lower case: `sluice.example.com`, with
  /// any port, or `sluice.example.com:8443`, with that one.
  std::vector<std::string> hosts;
  std::optional<api_tls_config> tls;  ///< nothing: HTTP without encryption
  bool insecure = false;              ///< other machines may send tokens without encryption
  std::vector<api_token> tokens;
  bool console = true;  ///< serves the web console, and takes one-time codes
  std::chrono::milliseconds session_idle = defaults::session_idle;  ///< without a request
  std::chrono::milliseconds session_longest = defaults::session_longest;
  std::filesystem::path directory;  ///< what relative paths in references are relative to

  bool operator==(const api_config&) const = default;
  /// Where the API is, without a slash at its end: `https://127.0.0.1:9470`.
  [[nodiscard]] std::string url() const;
};

/// The value of a token now; masked in all texts from then on. Throws `failure` (invalid_config)
/// naming a variable or file that cannot be read.
std::string token_value(const api_config& api, const api_token& token);

}  // namespace sluice::config
