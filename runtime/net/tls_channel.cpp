#include "runtime/net/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <utility>

#include "messages/error.hpp"
#include "runtime/net/address.hpp"
#include "runtime/net/tls_pem.hpp"

namespace sluice::net {
namespace {

std::optional<party> party_of(const X509* certificate) {
  const auto* const subject = ::X509_get_subject_name(certificate);
  const int at = ::X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  // A second common name would be a second identity.
  if (at < 0 || ::X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return std::nullopt;
  unsigned char* text = nullptr;
  const int size =
      ::ASN1_STRING_to_UTF8(&text, ::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(subject, at)));
  if (size < 0) return std::nullopt;
  auto found = parse_party({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
  ::OPENSSL_free(text);
  return found;
}

constexpr auto issue_hint =
    "the subject of a certificate is node:NAME, operator:NAME or "
    "observer:NAME";

}  // namespace

// -- context -------------------------------------------------------------------------------------

void tls_context::release::operator()(ssl_ctx_st* context) const { ::SSL_CTX_free(context); }

tls_context::tls_context(const tls_files& files) : context_(::SSL_CTX_new(::TLS_method())) {
  ::ERR_clear_error();
  if (!context_) throw failure(errc::internal, "set up TLS", {}, take_tls_errors());
  auto* const c = context_.get();
  ::SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION);
  ::SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A resumed session would be judged by a certificate that was shown earlier.
  ::SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_num_tickets(c, 0);
  ::SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

  use_certificate(c, files.certificate);
  use_key(c, files.key);
  believe(c, files.ca);
  auto self = party_of(::SSL_CTX_get0_certificate(c));
  if (!self)
    refuse_pem(files.certificate, "its subject names no party of a deployment", issue_hint);
  self_ = std::move(*self);
  std::tm end{};
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(c)), &end) != 1)
    refuse_pem(files.certificate, "its end cannot be read", issue_hint);
  ends_at_ = timestamp{std::chrono::seconds{::timegm(&end)}};
}

tls_context::~tls_context() = default;

std::unique_ptr<tls_channel> tls_context::accept(os::unique_fd fd) const {
  return std::unique_ptr<tls_channel>{new tls_channel{std::move(fd), context_.get()}};
}

std::unique_ptr<tls_channel> tls_context::connect(os::unique_fd fd, const std::string& host) const {
  std::unique_ptr<tls_channel> made{new tls_channel{std::move(fd), context_.get()}};
  auto* const session = made->session();
  ::SSL_set_connect_state(session);
  auto* const wanted = ::SSL_get0_param(session);
  ::X509_VERIFY_PARAM_set_hostflags(
      wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const bool set = is_ip_address(host)
                       ? ::X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1
                       : !host.empty() && ::SSL_set1_host(session, host.c_str()) == 1 &&
                             ::SSL_set_tlsext_host_name(session, host.c_str()) == 1;
  if (!set)
    throw failure(errc::usage, "connect to node", host,
                  "this is no host name: " + take_tls_errors());
  return made;
}

// -- channel -------------------------------------------------------------------------------------

tls_channel::tls_channel(os::unique_fd fd, ssl_ctx_st* context)
    : tls_stream(std::move(fd), context) {}

std::string tls_channel::judge_peer() {
  peer_ = party_of(::SSL_get0_peer_certificate(session()));
  return peer_ ? "" : "its certificate names no party of a deployment";
}

}  // namespace sluice::net
