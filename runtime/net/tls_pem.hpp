// PEM files of a TLS context, and the errors of OpenSSL.
#pragma once

#include <filesystem>
#include <string>

struct ssl_ctx_st;

namespace sluice::net {

/// Takes the errors that OpenSSL has queued for this thread. OpenSSL judges an operation by that
/// queue, so no error of one connection may stay for the next one.
std::string take_tls_errors();

/// Throws `failure` (invalid_config) about a certificate's file.
[[noreturn]] void refuse_pem(const std::filesystem::path& file, std::string cause,
                             std::string hint);

/// Lets the context show the first certificate of the file, and those behind it as its chain.
/// Throws `failure` (invalid_config) if the file is missing or no PEM.
void use_certificate(ssl_ctx_st* context, const std::filesystem::path& file);
/// The private key of that certificate. Throws `failure` (invalid_config) if the file is missing,
/// others than its owner may read it, or the key does not belong to the certificate.
void use_key(ssl_ctx_st* context, const std::filesystem::path& file);
/// Adds the authorities in the file to the trusted ones. Throws `failure` (invalid_config) if there
/// are none.
void believe(ssl_ctx_st* context, const std::filesystem::path& file);

}  // namespace sluice::net
