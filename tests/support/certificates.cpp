#include "tests/support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <utility>

#include "tests/support/openssl.hpp"

namespace sluice::test {
namespace {

using key_ptr = openssl_ptr<EVP_PKEY, ::EVP_PKEY_free>;
using certificate_ptr = openssl_ptr<X509, ::X509_free>;
using extension_ptr = openssl_ptr<X509_EXTENSION, ::X509_EXTENSION_free>;
using number_ptr = openssl_ptr<BIGNUM, ::BN_free>;
using bio_ptr = openssl_ptr<BIO, ::BIO_free_all>;

key_ptr make_key() {
  key_ptr key{EVP_EC_gen("P-256")};
  require_openssl(key != nullptr, "generate a key");
  return key;
}

/// Adds an extension in the notation of OpenSSL's configuration files.
void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  ::X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const extension_ptr extension{::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require_openssl(extension != nullptr, "make the extension '" + value + "'");
  require_openssl(::X509_add_ext(to, extension.get(), -1) == 1, "add an extension");
}

void set_random_serial(X509* certificate) {
  const number_ptr number{::BN_new()};
  constexpr int bits = 64;
  require_openssl(
      number && ::BN_rand(number.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
          ::BN_to_ASN1_INTEGER(number.get(), ::X509_get_serialNumber(certificate)) != nullptr,
      "set a serial number");
}

/// A certificate without extensions and signature.
certificate_ptr make_certificate(const certificate_options& what, EVP_PKEY* key) {
  certificate_ptr made{::X509_new()};
  require_openssl(made != nullptr, "make a certificate");
  auto* const x = made.get();
  require_openssl(::X509_set_version(x, X509_VERSION_3) == 1, "set the version");
  set_random_serial(x);
  require_openssl(
      ::X509_gmtime_adj(::X509_getm_notBefore(x), what.valid_from.count()) != nullptr &&
          ::X509_gmtime_adj(::X509_getm_notAfter(x), what.valid_until.count()) != nullptr,
      "set the validity");
  const auto* name = reinterpret_cast<const unsigned char*>(what.name.c_str());
  require_openssl(::X509_NAME_add_entry_by_txt(::X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                                               name, -1, -1, 0) == 1,
                  "set the name '" + what.name + "'");
  require_openssl(::X509_set_pubkey(x, key) == 1, "set the key");
  return made;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* with) {
  require_openssl(::X509_set_issuer_name(certificate, ::X509_get_subject_name(issuer)) == 1,
                  "set the issuer");
  require_openssl(::X509_sign(certificate, with, ::EVP_sha256()) > 0, "sign");
}

std::string alternative_names(const certificate_options& what) {
  std::string names;
  for (const auto& host : what.hosts) names += (names.empty() ? "DNS:" : ",DNS:") + host;
  for (const auto& address : what.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  return names;
}

void write_file(const std::filesystem::path& file, BIO* content) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(content, &data);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(data, size);
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

bio_ptr memory() {
  bio_ptr made{::BIO_new(::BIO_s_mem())};
  require_openssl(made != nullptr, "make a buffer");
  return made;
}

void write_certificate(const std::filesystem::path& file, X509* certificate) {
  const auto text = memory();
  require_openssl(::PEM_write_bio_X509(text.get(), certificate) == 1, "encode a certificate");
  write_file(file, text.get());
}

void write_key(const std::filesystem::path& file, EVP_PKEY* key) {
  const auto text = memory();
  require_openssl(
      ::PEM_write_bio_PrivateKey(text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "encode a key");
  write_file(file, text.get());
  using std::filesystem::perms;
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
}

}  // namespace

struct certificate_authority::state {
  std::filesystem::path directory;
  std::filesystem::path file;
  key_ptr key;
  certificate_ptr certificate;
};

certificate_authority::certificate_authority(std::filesystem::path directory, std::string name)
    : state_(std::make_unique<state>()) {
  state_->file = directory / (name + ".pem");
  state_->directory = std::move(directory);
  state_->key = make_key();
  state_->certificate = make_certificate({.name = std::move(name)}, state_->key.get());
  auto* const x = state_->certificate.get();
  add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x, x, NID_subject_key_identifier, "hash");
  sign(x, x, state_->key.get());
  write_certificate(state_->file, x);
}

certificate_authority::~certificate_authority() = default;

const std::filesystem::path& certificate_authority::certificate() const { return state_->file; }

certificate_files certificate_authority::issue(const certificate_options& what) const {
  const auto key = make_key();
  const auto made = make_certificate(what, key.get());
  auto* const issuer = state_->certificate.get();
  add_extension(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(made.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(made.get(), issuer, NID_subject_key_identifier, "hash");
  add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid");
  if (const auto names = alternative_names(what); !names.empty())
    add_extension(made.get(), issuer, NID_subject_alt_name, names);
  sign(made.get(), issuer, state_->key.get());
  certificate_files files{state_->directory / (what.name + ".pem"),
                          state_->directory / (what.name + ".key")};
  write_certificate(files.certificate, made.get());
  write_key(files.key, key.get());
  return files;
}

}  // namespace sluice::test
