#include "tests/runtime/credentials/rsa_key.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/support/openssl.hpp"

namespace sluice::test {
namespace {

using key_ptr = openssl_ptr<EVP_PKEY, ::EVP_PKEY_free>;
using bio_ptr = openssl_ptr<BIO, ::BIO_free>;
using context_ptr = openssl_ptr<EVP_MD_CTX, ::EVP_MD_CTX_free>;

}  // namespace

rsa_key::rsa_key() {
  constexpr unsigned bits = 2048;
  const key_ptr key(EVP_RSA_gen(bits));
  const bio_ptr out(::BIO_new(::BIO_s_mem()));
  require_openssl(
      ::PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "write key");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  pem_.assign(text, static_cast<std::size_t>(size));
}

bool rsa_key::verifies(std::string_view text, std::string_view signature) const {
  const bio_ptr in(::BIO_new_mem_buf(pem_.data(), static_cast<int>(pem_.size())));
  const key_ptr key(::PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const context_ptr with(::EVP_MD_CTX_new());
  require_openssl(
      ::EVP_DigestVerifyInit(with.get(), nullptr, ::EVP_sha256(), nullptr, key.get()) == 1,
      "verify");
  return ::EVP_DigestVerify(with.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
}

std::string from_base64url(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const unsigned value = c >= 'A' && c <= 'Z'   ? static_cast<unsigned>(c - 'A')
                           : c >= 'a' && c <= 'z' ? static_cast<unsigned>(c - 'a') + 26
                           : c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') + 52
                           : c == '-'             ? 62
                                                  : 63;
    bits = bits << 6 | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

}  // namespace sluice::test
