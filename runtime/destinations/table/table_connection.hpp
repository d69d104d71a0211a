// The connection of one writer to its table, which can reconnect after a loss.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "runtime/config/config.hpp"
#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/destinations/table/table_writer.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// Used by one thread.
class table_connection {
 public:
  table_connection(config::odbc_config config, std::stop_token stop)
      : config_(std::move(config)), stop_(std::move(stop)) {}

  /// Connects. Secrets are resolved for this call only. Throws odbc_error, or `failure`
  /// (invalid_config) if a secret cannot be read.
  void connect(odbc::purpose use);
  /// Decides how rows are written from now on. REQUIRES: connected. Throws odbc_error.
  void write_to(table_layout layout);
  /// A new connection where the old one is lost, and a writer for it. Throws as `connect`.
  void reconnect_if_lost();

  [[nodiscard]] odbc::connection& connection() { return *connection_; }
  [[nodiscard]] table_writer& writer() { return *writer_; }
  [[nodiscard]] const table_layout& layout() const { return *layout_; }
  [[nodiscard]] const std::string& table() const { return config_.table; }
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }

 private:
  const config::odbc_config config_;
  const std::stop_token stop_;
  std::optional<odbc::connection> connection_;
  std::optional<table_layout> layout_;
  std::unique_ptr<table_writer> writer_;  ///< refers to both; goes first
};

}  // namespace sluice::destinations
