// The credentials of a node, by name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "messages/credential.hpp"
#include "runtime/config/credential_config.hpp"
#include "runtime/credentials/credential.hpp"

namespace sluice::credentials {

using credential_configs = std::map<std::string, config::credential_config>;

/// Thread safe.
class keyring {
 public:
  /// `folder`: where refresh tokens are kept. `notes`: see `home`.
  keyring(node_name node, std::filesystem::path folder, log::logger log,
          const credential_configs& configured, bool notes = true);

  /// From now on these. One that has not changed keeps its token; runs under way keep what they
  /// have.
  void configure(const credential_configs& configured);

  /// Throws `failure` (invalid_config) if the node has none of that name.
  [[nodiscard]] std::shared_ptr<credential> find(const std::string& name) const;

  /// What is known of all of them, sorted by name. Reads the files that the credentials leave.
  [[nodiscard]] std::vector<credential_status> list() const;

 private:
  struct entry {
    config::credential_config config;
    std::shared_ptr<credential> object;
  };

  const node_name node_;
  const std::filesystem::path folder_;
  const log::logger log_;
  const bool notes_;
  mutable std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

}  // namespace sluice::credentials
