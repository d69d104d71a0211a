// Secrets that clients show: what is kept of them, and new ones.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::api {

/// SHA-256.
using digest = std::array<unsigned char, 32>;

/// What is kept of a secret: nobody who reads it can show the secret. Throws `failure` (internal)
/// if OpenSSL does not compute it.
digest digest_of(std::string_view secret);

/// Takes as long wherever they differ.
[[nodiscard]] bool are_equal(const digest& a, const digest& b);

/// Makes a secret that nobody guesses, of letters and digits. Injectable for tests.
using secret_source = std::function<std::string()>;

/// 256 bits from OpenSSL. Throws `failure` (internal) if it has none.
std::string random_secret();

}  // namespace sluice::api
