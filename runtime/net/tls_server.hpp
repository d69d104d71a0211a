// TLS for clients that have no certificate: browsers, and programs of others.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/net/tls_stream.hpp"

namespace sluice::net {

/// PEM files.
struct server_files {
  std::filesystem::path certificate;  ///< of this server, followed by intermediate ones
  std::filesystem::path key;          ///< private, without a passphrase
  bool operator==(const server_files&) const = default;
};

/// TLS 1.2 and 1.3, as a server that asks its clients for no certificate. Shared by its
/// connections. Thread safe. Only the constructor reads the files.
class tls_server {
 public:
  /// Throws `failure` (invalid_config) if a file cannot be used: missing, no PEM, a key that others
  /// may read or that does not belong to the certificate.
  explicit tls_server(const server_files& files);
  ~tls_server();
  tls_server(const tls_server&) = delete;
  tls_server& operator=(const tls_server&) = delete;

  [[nodiscard]] std::unique_ptr<tls_stream> accept(os::unique_fd fd) const;

 private:
  struct release {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, release> context_;
};

}  // namespace sluice::net
