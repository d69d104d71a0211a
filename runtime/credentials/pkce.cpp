#include "runtime/credentials/pkce.hpp"

#include "messages/base64.hpp"
#include "runtime/crypto/crypto.hpp"

namespace sluice::credentials {

std::string new_code_verifier() {
  constexpr std::size_t entropy = 32;  // bytes, as section 4.1 recommends
  return base64url(crypto::random_bytes(entropy));
}

std::string code_challenge(std::string_view verifier) {
  return base64url(crypto::hash_of(crypto::digest::sha256, verifier));
}

}  // namespace sluice::credentials
