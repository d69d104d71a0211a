// What was used of an account's limits, kept over restarts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "messages/timestamp.hpp"
#include "runtime/config/request_limits.hpp"
#include "runtime/json/kept_document.hpp"

namespace sluice::destinations {

/// As it is on disk.
struct account_usage {
  struct window {
    config::rate_limit limit;
    std::vector<std::pair<timestamp, std::uint64_t>> uses;  ///< the earliest first
    /// May have been used since the file was written.
    std::uint64_t claimed = 0;
    bool operator==(const window&) const = default;
  };
  std::vector<window> windows;
  /// Requests may have been sent since: the account was not closed.
  bool open = false;
  bool operator==(const account_usage&) const = default;
};

/// A small file, replaced as a whole. One thread at a time.
class usage_file {
 public:
  explicit usage_file(std::filesystem::path file);

  /// Nothing if there is none. Throws `failure` (ledger_failed) if it cannot be read or is none of
  /// these files.
  [[nodiscard]] std::optional<account_usage> read() const;
  /// Durable on return. Throws `failure` (ledger_failed).
  void write(const account_usage& usage) const;

 private:
  kept_document document_;
};

}  // namespace sluice::destinations
