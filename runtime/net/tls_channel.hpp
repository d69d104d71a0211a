// TLS 1.3 between the members of a deployment. Both sides show a certificate of the deployment's
// own authority, which names the member.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "messages/expect.hpp"
#include "messages/timestamp.hpp"
#include "runtime/net/party.hpp"
#include "runtime/net/tls_stream.hpp"

struct ssl_ctx_st;

namespace sluice::net {

/// PEM files.
struct tls_files {
  std::filesystem::path certificate;  ///< of this party, followed by intermediate ones
  std::filesystem::path key;          ///< private, without a passphrase
  std::filesystem::path ca;           ///< the only trusted authority
  bool operator==(const tls_files&) const = default;
};

class tls_channel;

/// Shared by the connections of one party. Thread safe. Only the constructor reads the files, so
/// that later damage to a file does no harm.
class tls_context {
 public:
  /// Throws `failure` (invalid_config) if a file cannot be used: missing, no PEM, a key that others
  /// may read or that does not belong to the certificate, a certificate that names no party.
  explicit tls_context(const tls_files& files);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// The party of this side.
  [[nodiscard]] const party& self() const { return self_; }
  /// When the certificate expires.
  [[nodiscard]] timestamp ends_at() const { return ends_at_; }

  /// The server's side of a connection that was accepted.
  [[nodiscard]] std::unique_ptr<tls_channel> accept(os::unique_fd fd) const;
  /// The client's side; the server's certificate must be valid for `host`, a DNS name or an
  /// IP address.
  [[nodiscard]] std::unique_ptr<tls_channel> connect(os::unique_fd fd,
                                                     const std::string& host) const;

 private:
  struct release {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, release> context_;
  party self_;
  timestamp ends_at_;
};

/// One connection. The handshake is done when the peer is a party, whose certificate was verified.
class tls_channel : public tls_stream {
 public:
  /// The peer. REQUIRES: the handshake is done.
  [[nodiscard]] const party& peer() const {
    expect(peer_.has_value(), "identify peer", "a handshake that is done");
    return *peer_;
  }

 private:
  friend class tls_context;
  tls_channel(os::unique_fd fd, ssl_ctx_st* context);

  std::string judge_peer() override;

  std::optional<party> peer_;
};

}  // namespace sluice::net
