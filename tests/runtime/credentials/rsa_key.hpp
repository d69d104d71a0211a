// A key pair for tests of signatures.
#pragma once

#include <string>
#include <string_view>

namespace sluice::test {

/// A new RSA key of 2048 bits.
class rsa_key {
 public:
  rsa_key();
  [[nodiscard]] const std::string& pem() const { return pem_; }
  /// Whether `signature` is that of `text` under this key, RS256.
  [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const;

 private:
  std::string pem_;
};

/// The bytes that a base64url text stands for; for tests, without checks.
std::string from_base64url(std::string_view text);

}  // namespace sluice::test
