#include "runtime/tls/authority.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>

#include "messages/error.hpp"

using namespace sluice;
using namespace sluice::tls;
using net::party;
using net::party_kind;
using std::chrono::days;

namespace {

// Any time: what the certificates say is checked against it, never against the clock.
constexpr timestamp then{std::chrono::sys_days{std::chrono::year{2026} / 3 / 29}};

using certificate_ptr = std::shared_ptr<X509>;

certificate_ptr parse(const credentials& pem) {
  const std::shared_ptr<BIO> in{
      ::BIO_new_mem_buf(pem.certificate.data(), static_cast<int>(pem.certificate.size())),
      ::BIO_free_all};
  certificate_ptr read{::PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), ::X509_free};
  REQUIRE(read);
  return read;
}

/// What OpenSSL has against a certificate that is shown for `purpose`; "ok" if nothing.
std::string verdict(const certificate_ptr& shown, const certificate_ptr& authority, int purpose,
                    timestamp when) {
  const std::shared_ptr<X509_STORE> trusted{::X509_STORE_new(), ::X509_STORE_free};
  REQUIRE(::X509_STORE_add_cert(trusted.get(), authority.get()) == 1);
  const std::shared_ptr<X509_STORE_CTX> check{::X509_STORE_CTX_new(), ::X509_STORE_CTX_free};
  REQUIRE(::X509_STORE_CTX_init(check.get(), trusted.get(), shown.get(), nullptr) == 1);
  ::X509_STORE_CTX_set_purpose(check.get(), purpose);
  ::X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_X509_STRICT);
  ::X509_STORE_CTX_set_time(check.get(), 0, std::chrono::system_clock::to_time_t(when));
  ::X509_verify_cert(check.get());
  return ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(check.get()));
}

struct deployment {
  authority signer = authority::create(then, days{100});
  certificate_ptr root = parse(signer.own());

  [[nodiscard]] certificate_ptr certificate(party_kind kind, std::vector<std::string> hosts = {},
                                            days valid_for = days{10}) const {
    return parse(signer.issue({kind, "a"}, hosts, then, valid_for));
  }
};

bool is_for(const certificate_ptr& c, const std::string& host) {
  return ::X509_check_host(c.get(), host.data(), host.size(), 0, nullptr) == 1 ||
         ::X509_check_ip_asc(c.get(), host.c_str(), 0) == 1;
}

}  // namespace

TEST_CASE_FIXTURE(deployment,
                  "a node is a server and a client, an operator and observer a client") {
  for (const auto kind : {party_kind::node, party_kind::op, party_kind::observer}) {
    const auto c = certificate(kind);
    CHECK(verdict(c, root, X509_PURPOSE_SSL_CLIENT, then) == "ok");
    CHECK((verdict(c, root, X509_PURPOSE_SSL_SERVER, then) == "ok") == (kind == party_kind::node));
  }
}

TEST_CASE_FIXTURE(deployment, "a certificate of another deployment is not trusted") {
  const deployment other;
  CHECK(verdict(other.certificate(party_kind::node), root, X509_PURPOSE_SSL_CLIENT, then) != "ok");
}

TEST_CASE_FIXTURE(deployment, "a member signs no certificates") {
  // Strict: a chain through a member would need it to be an authority.
  CHECK(::X509_check_ca(certificate(party_kind::node).get()) == 0);
  CHECK(::X509_check_ca(root.get()) == 1);
  CHECK((::X509_get_key_usage(root.get()) & KU_KEY_CERT_SIGN) != 0);
  CHECK(::X509_get_key_usage(certificate(party_kind::node).get()) == KU_DIGITAL_SIGNATURE);
}

TEST_CASE_FIXTURE(deployment, "a certificate names exactly the hosts that were asked for") {
  const auto c = certificate(party_kind::node, {"a.example", "10.0.0.7", "2001:db8::7"});
  for (const auto* host : {"a.example", "A.EXAMPLE", "10.0.0.7", "2001:db8::7"}) {
    CAPTURE(host);
    CHECK(is_for(c, host));
  }
  for (const auto* host : {"b.example", "x.a.example", "10.0.0.8", "node:a", "a"}) {
    CAPTURE(host);
    CHECK_FALSE(is_for(c, host));
  }
}

TEST_CASE_FIXTURE(deployment, "it is good from a little before it was made until it ends") {
  const auto c = certificate(party_kind::op);
  const auto at = [&](timestamp when) { return verdict(c, root, X509_PURPOSE_SSL_CLIENT, when); };
  using std::chrono::minutes;
  CHECK(at(then - minutes{9}) == "ok");
  CHECK(at(then - minutes{11}) != "ok");
  CHECK(at(then + days{10} - minutes{1}) == "ok");
  CHECK(at(then + days{10} + minutes{1}) == "certificate has expired");
}

TEST_CASE_FIXTURE(deployment,
                  "it ends with its authority at the latest, which then signs no more") {
  const auto c = certificate(party_kind::op, {}, days{1'000});
  int left_days = 0;
  int left_seconds = 0;
  REQUIRE(::ASN1_TIME_diff(&left_days, &left_seconds, ::X509_get0_notAfter(c.get()),
                           ::X509_get0_notAfter(root.get())) == 1);
  CHECK(left_days == 0);
  CHECK(left_seconds == 0);
  CHECK_THROWS_WITH_AS((void)signer.issue({party_kind::op, "a"}, {}, then + days{100}, days{1}),
                       doctest::Contains("the authority ended on 2026-07-07"), failure);
}

TEST_CASE_FIXTURE(deployment, "no two certificates have the same serial number or key") {
  const auto one = certificate(party_kind::op);
  const auto two = certificate(party_kind::op);
  CHECK(::ASN1_INTEGER_cmp(::X509_get0_serialNumber(one.get()),
                           ::X509_get0_serialNumber(two.get())) != 0);
  CHECK(::EVP_PKEY_eq(::X509_get0_pubkey(one.get()), ::X509_get0_pubkey(two.get())) != 1);
}

TEST_CASE_FIXTURE(deployment, "an authority that was stored signs as before") {
  const auto again = authority::read(signer.own());
  const auto c = parse(again.issue({party_kind::node, "b"}, {}, then, days{1}));
  CHECK(verdict(c, root, X509_PURPOSE_SSL_SERVER, then) == "ok");
}
