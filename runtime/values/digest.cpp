#include "runtime/values/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "messages/expect.hpp"
#include "messages/hex.hpp"
#include "runtime/values/unicode_text.hpp"

namespace sluice::values {
namespace {

const EVP_MD* function_of(digest function) {
  switch (function) {
    case digest::md5:
      return EVP_md5();
    case digest::sha256:
      return EVP_sha256();
    case digest::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

/// Room for the bytes of any hash.
struct hash_bytes {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;

  [[nodiscard]] std::string text() const {
    return {reinterpret_cast<const char*>(bytes.data()), size};
  }
};

[[noreturn]] void fail(const char* what) {
  throw failure(defect("hash value", what, "the cryptographic library refuses it"));
}

}  // namespace

std::string hash_of(digest function, std::string_view bytes) {
  hash_bytes out;
  if (EVP_Digest(bytes.data(), bytes.size(), out.bytes.data(), &out.size, function_of(function),
                 nullptr) != 1)
    fail("hash");
  return out.text();
}

std::string hmac_of(digest function, std::string_view key, std::string_view bytes) {
  hash_bytes out;
  if (HMAC(function_of(function), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.bytes.data(),
           &out.size) == nullptr)
    fail("hmac");
  return out.text();
}

std::string small_hex(std::string_view bytes) {
  auto digits = to_hex(bytes);
  lower_ascii(digits);
  return digits;
}

}  // namespace sluice::values
