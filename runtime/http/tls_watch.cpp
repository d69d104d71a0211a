#include "runtime/http/tls_watch.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace sluice::http {
namespace {

bool uses_openssl() {
  static const bool result = [] {
    const auto* const info = curl_version_info(CURLVERSION_NOW);
    return info->ssl_version != nullptr &&
           std::string_view(info->ssl_version).starts_with("OpenSSL/");
  }();
  return result;
}

/// The index of the watch among the data of a connection's context.
int watch_index() {
  static const int index = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string final_alert(int alert, bool has_certificate) {
  // OpenSSL 3.0 has no name for this alert.
  const auto* const name = alert == SSL_AD_CERTIFICATE_REQUIRED
                               ? "certificate required"
                               : ::SSL_alert_desc_string_long(alert);
  const auto said = std::string(" (TLS alert: ") + name + ")";
  const auto certificate = [&] {
    return (has_certificate ? "the server refuses the client certificate"
                            : "the server wants a client certificate") +
           said;
  };
  switch (alert) {
    case SSL_AD_CERTIFICATE_REQUIRED:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_NO_CERTIFICATE:
      return certificate();
    case SSL_AD_PROTOCOL_VERSION:
      return "the server speaks no TLS that the client takes: 1.2 at least" + said;
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return "the server does not speak HTTP/1.1, but HTTP/2 only perhaps" + said;
    case SSL_AD_UNRECOGNIZED_NAME:
      return "the server does not know the name in the address" + said;
    case SSL_AD_INSUFFICIENT_SECURITY:
      return "the server finds the client's TLS too weak" + said;
    default:
      return {};
  }
}

std::string final_reason(int reason) {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
      return "the server speaks no TLS that the client takes: 1.2 at least";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
      return "the server does not answer in TLS: http:// may be what it speaks at this port";
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
      return std::string("the server's TLS is too weak (") +
             ::ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, reason)) + ")";
    default:
      return {};
  }
}

}  // namespace

struct tls_callbacks {
  static tls_watch* watch_of(const SSL* connection) {
    return static_cast<tls_watch*>(
        ::SSL_CTX_get_ex_data(::SSL_get_SSL_CTX(connection), watch_index()));
  }

  static void info(const SSL* connection, int where, int value) {
    auto* const watch = watch_of(connection);
    if (watch == nullptr) return;
    constexpr int fatal = SSL3_AL_FATAL << 8;
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff00) == fatal)
      watch->alert_ = value & 0xff;
    // A handshake that merely waits for the network has no error.
    if (where == SSL_CB_CONNECT_EXIT && value <= 0) {
      const auto error = ::ERR_peek_last_error();
      if (ERR_GET_LIB(error) == ERR_LIB_SSL) watch->problem_ = ERR_GET_REASON(error);
    }
  }

  static void message(int sent, int version, int content, const void* bytes, std::size_t size, SSL*,
                      void* self) {
    const bool handshake = sent == 0 && content == SSL3_RT_HANDSHAKE && size > 0;
    if (!handshake || *static_cast<const unsigned char*>(bytes) != SSL3_MT_CERTIFICATE_REQUEST)
      return;
    auto& watch = *static_cast<tls_watch*>(self);
    watch.certificate_wanted_ = true;
    watch.judged_later_ = version >= TLS1_3_VERSION;
  }

  static CURLcode install(CURL*, void* context, void* self) {
    auto* const of = static_cast<SSL_CTX*>(context);
    if (::SSL_CTX_set_ex_data(of, watch_index(), self) != 1) return CURLE_OUT_OF_MEMORY;
    ::SSL_CTX_set_info_callback(of, &info);
    ::SSL_CTX_set_msg_callback(of, &message);
    ::SSL_CTX_set_msg_callback_arg(of, self);
    return CURLE_OK;
  }
};

void tls_watch::attach(CURL* handle) {
  if (!uses_openssl()) return;
  curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, &tls_callbacks::install);
  curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, this);
}

void tls_watch::reset() {
  certificate_wanted_ = false;
  judged_later_ = false;
  alert_ = -1;
  problem_ = 0;
}

std::string tls_watch::final_problem(bool has_certificate) const {
  if (alert_ >= 0) {
    if (auto told = final_alert(alert_, has_certificate); !told.empty()) return told;
    // Older servers send this alert for a missing certificate, too.
    if (alert_ == SSL_AD_HANDSHAKE_FAILURE)
      return certificate_wanted_ && !has_certificate
                 ? "the server wants a client certificate (TLS alert: handshake failure)"
                 : "client and server have no TLS in common (TLS alert: handshake failure)";
  }
  return final_reason(problem_);
}

void await_bytes(curl_socket_t socket, std::chrono::milliseconds limit) {
  if (socket == CURL_SOCKET_BAD) return;
  pollfd waiting{socket, POLLIN, 0};
  static_cast<void>(::poll(&waiting, 1, static_cast<int>(limit.count())));
}

bool is_ended(curl_socket_t socket, std::chrono::milliseconds limit) {
  await_bytes(socket, limit);
  std::array<unsigned char, 5> head{};  // of a record: type, version, length
  const auto count = ::recv(socket, head.data(), head.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno == ECONNRESET)) return true;
  if (count < static_cast<ssize_t>(head.size())) return false;
  constexpr int encrypted_alert = 2 + 1 + 16;  // with its type and its tag
  const int length = head[3] << 8 | head[4];
  return head[0] == SSL3_RT_ALERT ||
         (head[0] == SSL3_RT_APPLICATION_DATA && length == encrypted_alert);
}

}  // namespace sluice::http
