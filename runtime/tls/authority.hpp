// The certificate authority of a deployment: whoever has a certificate of it belongs to it.
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
  /// With a key of its own, made afresh.
  static authority create(timestamp now, std::chrono::days valid_for);
  /// As `credentials` has it. Throws `failure` (invalid_config) if it is none.
  static authority read(const credentials& pem);
  ~authority();
  authority(authority&&) noexcept;

  /// For `who`, with a key made afresh. `hosts` are names and addresses at which clients reach a
  /// node; others need none. Ends with the authority at the latest; throws `failure`
  /// (invalid_config) if that has ended.
  [[nodiscard]] credentials issue(const net::party& who, const std::vector<std::string>& hosts,
                                  timestamp now, std::chrono::days valid_for) const;
  [[nodiscard]] credentials own() const;

 private:
  struct state;
  explicit authority(std::unique_ptr<state> s);

  std::unique_ptr<state> state_;
};

}  // namespace sluice::tls
