#include "runtime/api/secrets.hpp"

#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"

namespace sluice::api {

std::string digest_of(std::string_view secret) {
  return crypto::hash_of(crypto::digest::sha256, secret);
}

std::string random_secret() {
  constexpr std::size_t entropy = 32;  // bytes
  return to_hex(crypto::random_bytes(entropy));
}

}  // namespace sluice::api
