#include "runtime/tls/authority.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "messages/error.hpp"
#include "runtime/net/address.hpp"

namespace sluice::tls {
namespace {

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed<::EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed<::X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed<::X509_EXTENSION_free>>;
using number_ptr = std::unique_ptr<BIGNUM, freed<::BN_free>>;
using bio_ptr = std::unique_ptr<BIO, freed<::BIO_free_all>>;

/// Clocks of hosts differ, so certificates are valid from a few minutes ago.
constexpr std::chrono::minutes clock_skew{10};
constexpr int serial_bits = 127;  // positive, and RFC 5280 allows 20 bytes

void require(bool done, const std::string& what) {
  if (done) return;
  std::array<char, 256> text{};
  ::ERR_error_string_n(::ERR_get_error(), text.data(), text.size());
  ::ERR_clear_error();
  throw failure(errc::internal, "make certificate", what, text.data());
}

std::time_t seconds_of(timestamp t) {
  return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

key_ptr make_key() {
  key_ptr key{EVP_EC_gen("P-256")};
  require(key != nullptr, "key");
  return key;
}

void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  ::X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const extension_ptr extension{::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require(extension != nullptr && ::X509_add_ext(to, extension.get(), -1) == 1, value);
}

/// Without extensions and signature.
certificate_ptr make_certificate(const std::string& name, EVP_PKEY* key, timestamp from,
                                 timestamp until) {
  certificate_ptr made{::X509_new()};
  const number_ptr serial{::BN_new()};
  auto* const x = made.get();
  require(made && serial && ::X509_set_version(x, X509_VERSION_3) == 1 &&
              ::BN_rand(serial.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              ::BN_to_ASN1_INTEGER(serial.get(), ::X509_get_serialNumber(x)) != nullptr,
          name);
  require(::ASN1_TIME_set(::X509_getm_notBefore(x), seconds_of(from)) != nullptr &&
              ::ASN1_TIME_set(::X509_getm_notAfter(x), seconds_of(until)) != nullptr,
          name);
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  require(::X509_NAME_add_entry_by_txt(::X509_get_subject_name(x), "CN", MBSTRING_UTF8, text, -1,
                                       -1, 0) == 1 &&
              ::X509_set_pubkey(x, key) == 1,
          name);
  return made;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* with) {
  require(::X509_set_issuer_name(certificate, ::X509_get_subject_name(issuer)) == 1 &&
              ::X509_sign(certificate, with, ::EVP_sha256()) > 0,
          "signature");
}

bio_ptr memory() {
  bio_ptr made{::BIO_new(::BIO_s_mem())};
  require(made != nullptr, "buffer");
  return made;
}

std::string content_of(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

credentials pem_of(X509* certificate, EVP_PKEY* key) {
  const auto public_text = memory();
  const auto private_text = memory();
  require(::PEM_write_bio_X509(public_text.get(), certificate) == 1 &&
              ::PEM_write_bio_PKCS8PrivateKey(private_text.get(), key, nullptr, nullptr, 0, nullptr,
                                              nullptr) == 1,
          "PEM text");
  return {content_of(public_text.get()), content_of(private_text.get())};
}

timestamp end_of(const X509* certificate) {
  std::tm broken_down{};
  require(::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &broken_down) == 1, "end");
  return timestamp{std::chrono::seconds{::timegm(&broken_down)}};
}

}  // namespace

struct authority::state {
  certificate_ptr certificate;
  key_ptr key;
};

authority::authority(std::unique_ptr<state> s) : state_(std::move(s)) {}
authority::~authority() = default;
authority::authority(authority&&) noexcept = default;

authority authority::create(timestamp now, std::chrono::days valid_for) {
  auto made = std::make_unique<state>();
  made->key = make_key();
  made->certificate =
      make_certificate("sluice deployment", made->key.get(), now - clock_skew, now + valid_for);
  auto* const x = made->certificate.get();
  add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x, x, NID_subject_key_identifier, "hash");
  sign(x, x, made->key.get());
  return authority{std::move(made)};
}

authority authority::read(const credentials& pem) {
  const auto refuse = [](const char* cause) {
    ::ERR_clear_error();
    throw failure(errc::invalid_config, "read authority", {}, cause,
                  "make a new authority in an empty directory, or restore both files");
  };
  auto found = std::make_unique<state>();
  const bio_ptr certificate{
      ::BIO_new_mem_buf(pem.certificate.data(), static_cast<int>(pem.certificate.size()))};
  const bio_ptr key{::BIO_new_mem_buf(pem.key.data(), static_cast<int>(pem.key.size()))};
  require(certificate && key, "buffer");
  found->certificate.reset(::PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  // Without this OpenSSL asks for a passphrase on the terminal.
  found->key.reset(::PEM_read_bio_PrivateKey(
      key.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (!found->certificate) refuse("ca.pem is no certificate");
  if (!found->key) refuse("ca.key is no private key, or needs a passphrase");
  if (::X509_check_private_key(found->certificate.get(), found->key.get()) != 1)
    refuse("ca.key does not belong to ca.pem");
  if (::X509_check_ca(found->certificate.get()) == 0) refuse("ca.pem is not an authority's");
  return authority{std::move(found)};
}

credentials authority::issue(const net::party& who, const std::vector<std::string>& hosts,
                             timestamp now, std::chrono::days valid_for) const {
  auto* const issuer = state_->certificate.get();
  const auto end = end_of(issuer);
  if (end <= now)
    throw failure(errc::invalid_config, "make certificate", who.text(),
                  "the authority ended on " + format_timestamp(end),
                  "make a new authority and new certificates in an empty directory");
  const auto key = make_key();
  const auto made = make_certificate(who.text(), key.get(), now - clock_skew,
                                     std::min<timestamp>(now + valid_for, end));
  auto* const x = made.get();
  const bool is_node = who.kind == net::party_kind::node;
  add_extension(x, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(x, issuer, NID_ext_key_usage, is_node ? "serverAuth,clientAuth" : "clientAuth");
  add_extension(x, issuer, NID_authority_key_identifier, "keyid");
  std::string names;
  for (const auto& host : hosts)
    names +=
        (names.empty() ? "" : ",") + std::string(net::is_ip_address(host) ? "IP:" : "DNS:") + host;
  if (!names.empty()) add_extension(x, issuer, NID_subject_alt_name, names);
  sign(x, issuer, state_->key.get());
  return pem_of(x, key.get());
}

credentials authority::own() const { return pem_of(state_->certificate.get(), state_->key.get()); }

}  // namespace sluice::tls
