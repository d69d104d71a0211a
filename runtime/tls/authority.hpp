// The certificate authority of a deployment. Its certificates make members.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "messages/timestamp.hpp"
#include "runtime/net/party.hpp"

namespace sluice::tls {

/// A certificate and its private key, as PEM text; the key is not encrypted.
struct credentials {
  std::string certificate;
  std::string key;
};

/// Signs certificates. Keys are EC P-256, signatures SHA-256. All functions throw `failure`
/// (internal) with OpenSSL's words where it fails.
class authority {
 public:
  /// Makes an authority with a new key.
  static authority create(timestamp now, std::chrono::days valid_for);
  /// Reads an authority from `pem`. Throws `failure` (invalid_config) if it is none.
  static authority read(const credentials& pem);
  ~authority();
  authority(authority&&) noexcept;

  /// Issues a certificate for `who`, with a new key. `hosts` are names and addresses at which
  /// clients reach a node; other members need none. The certificate ends with the authority at the
  /// latest. Throws `failure` (invalid_config) if the authority has ended.
  [[nodiscard]] credentials issue(const net::party& who, const std::vector<std::string>& hosts,
                                  timestamp now, std::chrono::days valid_for) const;
  [[nodiscard]] credentials own() const;

 private:
  struct state;
  explicit authority(std::unique_ptr<state> s);

  std::unique_ptr<state> state_;
};

}  // namespace sluice::tls
