// OpenSSL's hashes and signatures, and texts of bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::credentials {

// Each throws `failure` (internal) if OpenSSL does not compute it. Results are bytes.

std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string random_bytes(std::size_t count);

/// RSASSA-PKCS1-v1_5 with SHA-256 (RS256 of RFC 7518, section 3.3). Throws `failure`
/// (invalid_config) if `pem` is no RSA private key.
std::string rsa_signature(std::string_view pem, std::string_view bytes);

/// Hexadecimal digits in lower case.
std::string small_hex(std::string_view bytes);

/// RFC 4648, section 5, without padding.
std::string base64url(std::string_view bytes);

}  // namespace sluice::credentials
