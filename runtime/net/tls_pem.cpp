#include "runtime/net/tls_pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "messages/error.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::net {
namespace {

void check_key_file(const std::filesystem::path& key) {
  struct stat found {};
  if (::stat(key.c_str(), &found) != 0)
    refuse_pem(key, os::reason(errno), "check the path in \"tls\"");
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    refuse_pem(key, "others than its owner may read this private key", "chmod 600 it");
}

/// The content of a file in PEM form. OpenSSL itself would wait for a pipe, and never stop reading
/// a device.
std::string read_pem(const std::filesystem::path& file) {
  constexpr std::size_t largest = 4u << 20;
  auto content = os::read_small_file(file, largest);
  if (!content.text) refuse_pem(file, content.why, "check the path in \"tls\"");
  return *std::move(content.text);
}

struct release_bio {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
struct release_certificate {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
};
struct release_key {
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
};
using certificate_ptr = std::unique_ptr<X509, release_certificate>;

/// The certificates in a text, in their order.
std::vector<certificate_ptr> certificates_in(const std::string& pem) {
  const std::unique_ptr<BIO, release_bio> from(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<certificate_ptr> out;
  while (auto* const next = ::PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr))
    out.emplace_back(next);
  // OpenSSL reports the end of the text as an error, like unreadable text.
  if (ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE && !out.empty())
    ::ERR_clear_error();
  else
    out.clear();
  return out;
}

/// Why OpenSSL could not use a file.
std::string why_unusable() {
  auto reasons = take_tls_errors();
  return reasons.empty() ? "it cannot be read" : reasons;
}

}  // namespace

std::string take_tls_errors() {
  std::string text;
  while (const auto code = ::ERR_get_error()) {
    const char* reason = ::ERR_reason_error_string(code);
    if (!text.empty()) text += ": ";
    text += reason != nullptr ? reason : "unknown error";
  }
  return text;
}

void refuse_pem(const std::filesystem::path& file, std::string cause, std::string hint) {
  throw failure(errc::invalid_config, "read certificate", file.string(), std::move(cause),
                std::move(hint));
}

void use_certificate(ssl_ctx_st* context, const std::filesystem::path& file) {
  const auto chain = certificates_in(read_pem(file));
  bool used = !chain.empty() && ::SSL_CTX_use_certificate(context, chain.front().get()) == 1;
  for (std::size_t i = 1; used && i < chain.size(); ++i)
    used = ::SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!used) refuse_pem(file, why_unusable(), "it must be a certificate in PEM form");
}

void use_key(ssl_ctx_st* context, const std::filesystem::path& file) {
  check_key_file(file);
  const auto pem = read_pem(file);
  const std::unique_ptr<BIO, release_bio> from(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without this OpenSSL asks for a passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<EVP_PKEY, release_key> key(
      ::PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr));
  if (!key || ::SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    refuse_pem(file, why_unusable(),
               "it must be the certificate's own private key in PEM form, without a passphrase");
}

void believe(ssl_ctx_st* context, const std::filesystem::path& file) {
  const auto authorities = certificates_in(read_pem(file));
  bool used = !authorities.empty();
  for (const auto& authority : authorities)
    used = used && ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), authority.get()) == 1;
  if (!used)
    refuse_pem(file, why_unusable(),
               "it must be the certificate of the deployment's authority in PEM form");
}

}  // namespace sluice::net
