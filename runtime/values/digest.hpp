// Hashes of cryptography, by OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::values {

enum class digest : std::uint8_t { md5, sha256, sha512 };

/// The hash's bytes. Throws `failure` (internal) where the library refuses the function, as one
/// that is confined to FIPS does with MD5.
std::string hash_of(digest function, std::string_view bytes);
/// HMAC (RFC 2104). Throws as `hash_of`.
std::string hmac_of(digest function, std::string_view key, std::string_view bytes);

/// Two small hexadecimal digits for each byte.
std::string small_hex(std::string_view bytes);

}  // namespace sluice::values
