// The accounts of a node, by name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/config/request_limits.hpp"
#include "runtime/destinations/http/account.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::destinations {

/// Thread safe.
class accounts {
 public:
  using configured = std::map<std::string, config::request_limits>;

  /// `folder`: where the use of the accounts is kept over restarts; made when there is one.
  accounts(std::filesystem::path folder, log::logger log, const configured& limits);

  /// From now on these. An account that has not changed stays as it is; runs under way keep what
  /// they have, and what they have used counts for the new one.
  void configure(const configured& limits);

  /// Throws `failure` (invalid_config) if the node has none of that name.
  [[nodiscard]] std::shared_ptr<account> find(const std::string& name) const;

 private:
  struct entry {
    config::request_limits limits;
    std::shared_ptr<account> object;
  };

  const std::filesystem::path folder_;
  const log::logger log_;
  mutable std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

}  // namespace sluice::destinations
