#include "runtime/api/secrets.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "messages/error.hpp"
#include "messages/hex.hpp"

namespace sluice::api {

digest digest_of(std::string_view secret) {
  digest out{};
  unsigned size = 0;
  if (::EVP_Digest(secret.data(), secret.size(), out.data(), &size, ::EVP_sha256(), nullptr) != 1 ||
      size != out.size())
    throw failure(errc::internal, "check credentials", {}, "OpenSSL computes no SHA-256", {});
  return out;
}

bool are_equal(const digest& a, const digest& b) {
  return ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_secret() {
  std::array<unsigned char, 32> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw failure(errc::internal, "make a session", {}, "OpenSSL has no random bytes", {});
  return to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace sluice::api
