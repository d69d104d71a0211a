#include "runtime/credentials/crypto.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>

#include "messages/ascii.hpp"
#include "messages/base64.hpp"
#include "messages/error.hpp"
#include "messages/hex.hpp"

namespace sluice::credentials {
namespace {

void require(bool done, const char* what) {
  if (!done) throw failure(errc::internal, "use OpenSSL", {}, what, {});
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed<::EVP_PKEY_free>>;

/// A key with a passphrase is refused: OpenSSL would ask for it on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

key_ptr rsa_key(std::string_view pem) {
  const std::unique_ptr<BIO, freed<::BIO_free>> in(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(in != nullptr, "it has no memory");
  key_ptr key(::PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  ::ERR_clear_error();  // the queue is the thread's, and TLS reads it
  if (key == nullptr || ::EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    throw failure(errc::invalid_config, "sign assertion", {}, "the key is no RSA private key",
                  "it must be PEM, without a passphrase");
  return key;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  require(::EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, ::EVP_sha256(), nullptr) == 1,
          "it computes no SHA-256");
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  require(::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes),
                 bytes.size(), out.data(), &size) != nullptr,
          "it computes no HMAC");
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  require(::RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1,
          "it has no random bytes");
  return out;
}

std::string rsa_signature(std::string_view pem, std::string_view bytes) {
  const auto key = rsa_key(pem);
  const std::unique_ptr<EVP_MD_CTX, freed<::EVP_MD_CTX_free>> with(::EVP_MD_CTX_new());
  std::size_t size = 0;
  require(with != nullptr &&
              ::EVP_DigestSignInit(with.get(), nullptr, ::EVP_sha256(), nullptr, key.get()) == 1 &&
              ::EVP_DigestSign(with.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1,
          "it does not sign");
  std::string out(size, '\0');
  require(::EVP_DigestSign(with.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                           bytes_of(bytes), bytes.size()) == 1,
          "it does not sign");
  out.resize(size);
  return out;
}

std::string small_hex(std::string_view bytes) {
  auto out = to_hex(bytes);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  out.erase(std::min(out.find('='), out.size()));
  for (auto& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

}  // namespace sluice::credentials
