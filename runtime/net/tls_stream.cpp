#include "runtime/net/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <new>
#include <utility>

#include "messages/error.hpp"
#include "runtime/net/tls_pem.hpp"

namespace sluice::net {
namespace {

// -- a socket that never raises SIGPIPE, which OpenSSL's own does --------------------------------

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(bio)));
}

template <class Operation>
int transfer(BIO* bio, std::size_t* n, Operation move) {
  BIO_clear_retry_flags(bio);
  ssize_t bytes = 0;
  do {
    bytes = move(socket_of(bio));
  } while (bytes < 0 && errno == EINTR);
  if (bytes > 0) {
    *n = static_cast<std::size_t>(bytes);
    return 1;
  }
  *n = 0;
  return bytes < 0 && errno == EAGAIN ? -1 : 0;
}

int read_socket(BIO* bio, char* into, std::size_t size, std::size_t* n) {
  const int result = transfer(bio, n, [&](int fd) { return ::recv(fd, into, size, 0); });
  if (result < 0) BIO_set_retry_read(bio);
  return result;
}

int write_socket(BIO* bio, const char* from, std::size_t size, std::size_t* n) {
  const int result = transfer(bio, n, [&](int fd) { return ::send(fd, from, size, MSG_NOSIGNAL); });
  if (result < 0) BIO_set_retry_write(bio);
  return result;
}

long control_socket(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

/// Made once for the process.
const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made =
        ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    if (made == nullptr) throw std::bad_alloc();
    ::BIO_meth_set_read_ex(made, read_socket);
    ::BIO_meth_set_write_ex(made, write_socket);
    ::BIO_meth_set_ctrl(made, control_socket);
    return made;
  }();
  return method;
}

}  // namespace

void tls_stream::release::operator()(ssl_st* session) const { ::SSL_free(session); }

tls_stream::tls_stream(os::unique_fd fd, ssl_ctx_st* context)
    : fd_(std::move(fd)), session_(::SSL_new(context)) {
  auto* const bio = session_ ? ::BIO_new(socket_method()) : nullptr;
  if (bio == nullptr) throw failure(errc::internal, "set up TLS", {}, take_tls_errors());
  ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd_.get())));
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(session_.get(), bio, bio);
  ::SSL_set_accept_state(session_.get());
}

tls_stream::~tls_stream() {
  end_sending();
  ::ERR_clear_error();
}

void tls_stream::end_sending() {
  if (!ready_ || broken_ || said_all_) return;
  said_all_ = true;
  ::ERR_clear_error();
  ::SSL_shutdown(session_.get());
}

moved tls_stream::fail(std::string why) {
  broken_ = true;
  complaint_ = std::move(why);
  return moved::closed;
}

moved tls_stream::blocked(int result, short& waits_for) {
  switch (::SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      waits_for = POLLIN;
      return moved::would_block;
    case SSL_ERROR_WANT_WRITE:
      waits_for = POLLOUT;
      return moved::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return moved::closed;
    default:
      break;
  }
  const auto verdict = ::SSL_get_verify_result(session_.get());
  if (verdict != X509_V_OK)
    return fail(std::string("its certificate is refused: ") +
                ::X509_verify_cert_error_string(verdict));
  auto reasons = take_tls_errors();
  if (reasons.empty()) reasons = ready_ ? "the connection broke" : "it hung up";
  return fail(std::move(reasons));
}

moved tls_stream::shake_hands() {
  if (broken_) return moved::closed;
  if (ready_) return moved::some;
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(session_.get());
  if (result != 1) return blocked(result, reading_waits_for_);
  if (auto why = judge_peer(); !why.empty()) return fail(std::move(why));
  ready_ = true;
  reading_waits_for_ = 0;
  return moved::some;
}

short tls_stream::events(bool reading, bool writing) const {
  // Before the handshake is done there is one operation, which waits for one event.
  if (!ready_)
    return reading_waits_for_ != 0 ? reading_waits_for_ : static_cast<short>(POLLIN | POLLOUT);
  int wanted = 0;
  if (reading) wanted |= reading_waits_for_ != 0 ? reading_waits_for_ : POLLIN;
  if (writing) wanted |= writing_waits_for_ != 0 ? writing_waits_for_ : POLLOUT;
  return static_cast<short>(wanted);
}

bool tls_stream::holds_bytes() const { return ::SSL_pending(session_.get()) > 0; }

moved tls_stream::read(std::span<char> into, std::size_t& n) {
  n = 0;
  if (broken_ || !ready_) return broken_ ? moved::closed : moved::would_block;
  ::ERR_clear_error();
  reading_waits_for_ = 0;
  const int result = ::SSL_read_ex(session_.get(), into.data(), into.size(), &n);
  return result == 1 ? moved::some : blocked(result, reading_waits_for_);
}

moved tls_stream::write(std::span<const char> from, std::size_t& n) {
  n = 0;
  if (broken_ || !ready_) return broken_ ? moved::closed : moved::would_block;
  ::ERR_clear_error();
  writing_waits_for_ = 0;
  const int result = ::SSL_write_ex(session_.get(), from.data(), from.size(), &n);
  return result == 1 ? moved::some : blocked(result, writing_waits_for_);
}

}  // namespace sluice::net
