#include "runtime/net/tls_server.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

#include "messages/error.hpp"
#include "runtime/net/tls_pem.hpp"

namespace sluice::net {

void tls_server::release::operator()(ssl_ctx_st* context) const { ::SSL_CTX_free(context); }

tls_server::tls_server(const server_files& files) : context_(::SSL_CTX_new(::TLS_server_method())) {
  ::ERR_clear_error();
  if (!context_) throw failure(errc::internal, "set up TLS", {}, take_tls_errors());
  auto* const c = context_.get();
  ::SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  // A client that renegotiates makes the server compute as often as it likes.
  ::SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Clients keep their sessions themselves, in tickets: none is held here.
  ::SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  // Idle connections keep no buffers.
  ::SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  use_certificate(c, files.certificate);
  use_key(c, files.key);
}

tls_server::~tls_server() = default;

std::unique_ptr<tls_stream> tls_server::accept(os::unique_fd fd) const {
  return std::make_unique<tls_stream>(std::move(fd), context_.get());
}

}  // namespace sluice::net
