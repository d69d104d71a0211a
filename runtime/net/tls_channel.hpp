// TLS 1.3 between the members of a deployment. Both sides show a certificate of the deployment's
// own authority, which names the member.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "messages/expect.hpp"
#include "messages/timestamp.hpp"
#include "runtime/net/channel.hpp"
#include "runtime/net/party.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace sluice::net {

/// PEM files.
struct tls_files {
  std::filesystem::path certificate;  ///< of this party, intermediate ones behind it
  std::filesystem::path key;          ///< private, without a passphrase
  std::filesystem::path ca;           ///< the only authority that is believed
  bool operator==(const tls_files&) const = default;
};

class tls_channel;

/// Shared by the connections of one party. Thread safe. Only the constructor reads the files, so
/// that a file that goes bad later ends nothing.
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
  /// The client's side; the server's certificate must be good for `host`, a DNS name or an IP
  /// address.
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

/// One connection. Neither reads nor writes before `shake_hands` has returned `some`.
class tls_channel : public channel {
 public:
  ~tls_channel() override;
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  /// Goes on with the handshake: `some` when it is done and the peer is a party, whose certificate
  /// was verified; `closed` if it failed: `complaint` says why. Meanwhile poll for `events`.
  moved shake_hands();
  /// The peer. REQUIRES: the handshake is done.
  [[nodiscard]] const party& peer() const {
    expect(peer_.has_value(), "identify peer", "a handshake that is done");
    return *peer_;
  }
  /// Why the peer was refused or the connection broke, for people; empty if it was closed in the
  /// ordinary way.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] short events(bool reading, bool writing) const override;
  [[nodiscard]] bool holds_bytes() const override;
  moved read(std::span<char> into, std::size_t& n) override;
  moved write(std::span<const char> from, std::size_t& n) override;

 private:
  friend class tls_context;
  struct release {
    void operator()(ssl_st* session) const;
  };
  tls_channel(os::unique_fd fd, ssl_ctx_st* context);

  /// Judges an operation that did not succeed: it waits for an event (`waits_for`), or has failed.
  moved blocked(int result, short& waits_for);
  moved fail(std::string why);

  os::unique_fd fd_;
  std::unique_ptr<ssl_st, release> session_;
  std::optional<party> peer_;
  std::string complaint_;
  /// The events to poll for before reading, or writing, is worth another try; a session may have to
  /// read in order to write, and the other way round. 0: the operation is not blocked.
  short reading_waits_for_ = 0;
  short writing_waits_for_ = 0;
  bool broken_ = false;
};

}  // namespace sluice::net
