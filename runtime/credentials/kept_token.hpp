// The refresh token of a credential, as it is kept on disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "messages/names.hpp"
#include "messages/timestamp.hpp"
#include "runtime/json/kept_document.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::credentials {

struct kept_token {
  std::string refresh_token;
  node_name node;  ///< the only one that may use it
  /// The digest of the configured token that it comes from; empty where none is configured.
  std::string first = {};
  timestamp since = {};
  std::string refused = {};  ///< why the token server refuses it for good; empty: it does not

  bool operator==(const kept_token&) const = default;
};

/// What identifies a configured refresh token on disk; empty for none.
std::string digest_of_first(const std::string& configured);

/// The file `FOLDER/NAME.json`, mode 0600 in a folder of mode 0700. Other processes of this machine
/// may write it, too. Functions throw `failure` (ledger_failed) with file, cause and hint.
class token_file {
 public:
  /// Touches nothing yet.
  token_file(const std::filesystem::path& folder, const std::string& name);

  /// Nothing without a file.
  [[nodiscard]] std::optional<kept_token> read() const;
  /// Replaces the file in one step; durable when it returns.
  void write(const kept_token& token) const;
  /// Held by whoever exchanges the token for another one. Waits for other holders, in this process
  /// and in others; ends with the descriptor.
  [[nodiscard]] os::unique_fd lock() const;

 private:
  kept_document document_;
  std::filesystem::path lock_file_;
};

}  // namespace sluice::credentials
