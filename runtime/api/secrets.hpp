// Secrets that clients show: what is kept of them, and new ones.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sluice::api {

/// What is kept of a secret, its SHA-256: nobody who reads it can show the secret. Throws
/// `failure` (internal) if OpenSSL does not compute it.
std::string digest_of(std::string_view secret);

/// Makes a secret that nobody guesses, of letters and digits. Injectable for tests.
using secret_source = std::function<std::string()>;

/// 256 bits from OpenSSL. Throws `failure` (internal) if it has none.
std::string random_secret();

}  // namespace sluice::api
