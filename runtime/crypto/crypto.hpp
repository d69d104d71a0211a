// Hashes, signatures and random bytes, by OpenSSL. Functions are thread safe; each throws `failure`
// (internal) where the library refuses, as one that is confined to FIPS does with MD5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::crypto {

/// What signs, so that nobody takes it for what is signed.
struct key {
  std::string_view bytes;
};

enum class digest : std::uint8_t { md5, sha256, sha512 };

/// The hash's bytes.
std::string hash_of(digest function, std::string_view bytes);
/// The bytes of the HMAC (RFC 2104).
std::string hmac_of(digest function, key with, std::string_view bytes);

std::string random_bytes(std::size_t count);

/// Takes as long wherever two texts of one length differ.
[[nodiscard]] bool are_equal(std::string_view a, std::string_view b);

/// RSASSA-PKCS1-v1_5 with SHA-256 (RS256 of RFC 7518, section 3.3), `pem` in PEM without
/// a passphrase. Throws `failure` (invalid_config) if it is no RSA private key.
std::string rsa_signature(key pem, std::string_view bytes);

}  // namespace sluice::crypto
