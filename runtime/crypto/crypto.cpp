#include "runtime/crypto/crypto.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "messages/error.hpp"

namespace sluice::crypto {
namespace {

void require(bool done, const char* what) {
  if (!done) throw failure(errc::internal, "use OpenSSL", {}, what, {});
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const EVP_MD* function_of(digest function) {
  switch (function) {
    case digest::md5:
      return ::EVP_md5();
    case digest::sha256:
      return ::EVP_sha256();
    case digest::sha512:
      return ::EVP_sha512();
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

std::string hash_of(digest function, std::string_view bytes) {
  hash_bytes out;
  require(::EVP_Digest(bytes.data(), bytes.size(), out.bytes.data(), &out.size,
                       function_of(function), nullptr) == 1,
          "it does not compute the hash");
  return out.text();
}

std::string hmac_of(digest function, key with, std::string_view bytes) {
  hash_bytes out;
  require(::HMAC(function_of(function), with.bytes.data(), static_cast<int>(with.bytes.size()),
                 bytes_of(bytes), bytes.size(), out.bytes.data(), &out.size) != nullptr,
          "it does not compute the HMAC");
  return out.text();
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  require(::RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1,
          "it has no random bytes");
  return out;
}

bool are_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string rsa_signature(key pem, std::string_view bytes) {
  const auto rsa = rsa_key(pem.bytes);
  const std::unique_ptr<EVP_MD_CTX, freed<::EVP_MD_CTX_free>> with(::EVP_MD_CTX_new());
  std::size_t size = 0;
  require(with != nullptr &&
              ::EVP_DigestSignInit(with.get(), nullptr, ::EVP_sha256(), nullptr, rsa.get()) == 1 &&
              ::EVP_DigestSign(with.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1,
          "it does not sign");
  std::string out(size, '\0');
  require(::EVP_DigestSign(with.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                           bytes_of(bytes), bytes.size()) == 1,
          "it does not sign");
  out.resize(size);
  return out;
}

}  // namespace sluice::crypto
