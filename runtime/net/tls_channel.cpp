#include "runtime/net/tls_channel.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "messages/error.hpp"
#include "runtime/net/address.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::net {
namespace {

/// Takes the errors that OpenSSL has queued for this thread. OpenSSL judges an operation by that
/// queue, so no error of one connection may stay for the next one.
std::string take_errors() {
  std::string text;
  while (const auto code = ::ERR_get_error()) {
    const char* reason = ::ERR_reason_error_string(code);
    if (!text.empty()) text += ": ";
    text += reason != nullptr ? reason : "unknown error";
  }
  return text;
}

[[noreturn]] void refuse(const std::filesystem::path& file, std::string cause, std::string hint) {
  throw failure(errc::invalid_config, "read certificate", file.string(), std::move(cause),
                std::move(hint));
}

std::string first_of(std::string reasons, const char* otherwise) {
  return reasons.empty() ? otherwise : std::move(reasons);
}

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

// -- certificates --------------------------------------------------------------------------------

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

void check_key_file(const std::filesystem::path& key) {
  struct stat found {};
  if (::stat(key.c_str(), &found) != 0) refuse(key, os::reason(errno), "check the path in \"tls\"");
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    refuse(key, "others than its owner may read this private key", "chmod 600 it");
}

/// The content of a file in PEM form. OpenSSL itself would wait for a pipe, and never stop reading
/// a device.
std::string read_pem(const std::filesystem::path& file) {
  constexpr std::size_t largest = 4u << 20;
  auto content = os::read_small_file(file, largest);
  if (!content.text) refuse(file, content.why, "check the path in \"tls\"");
  return *std::move(content.text);
}

struct release_bio {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
struct release_certificate {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
};
struct release_key {
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
};
using certificate_ptr = std::unique_ptr<X509, release_certificate>;

/// The certificates in a text, in their order.
std::vector<certificate_ptr> certificates_in(const std::string& pem) {
  const std::unique_ptr<BIO, release_bio> from(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<certificate_ptr> out;
  while (auto* const next = ::PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr))
    out.emplace_back(next);
  // OpenSSL reports the end of the text as an error, as it does unreadable text.
  if (ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE && !out.empty())
    ::ERR_clear_error();
  else
    out.clear();
  return out;
}

void use_certificate(SSL_CTX* context, const std::filesystem::path& file) {
  const auto chain = certificates_in(read_pem(file));
  bool used = !chain.empty() && ::SSL_CTX_use_certificate(context, chain.front().get()) == 1;
  for (std::size_t i = 1; used && i < chain.size(); ++i)
    used = ::SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!used)
    refuse(file, first_of(take_errors(), "it cannot be read"),
           "it must be a certificate in PEM form");
}

void use_key(SSL_CTX* context, const std::filesystem::path& file) {
  check_key_file(file);
  const auto pem = read_pem(file);
  const std::unique_ptr<BIO, release_bio> from(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without this OpenSSL asks for a passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<EVP_PKEY, release_key> key(
      ::PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr));
  if (!key || ::SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    refuse(file, first_of(take_errors(), "it cannot be read"),
           "it must be the certificate's own private key in PEM form, without a passphrase");
}

void believe(SSL_CTX* context, const std::filesystem::path& file) {
  const auto authorities = certificates_in(read_pem(file));
  bool used = !authorities.empty();
  for (const auto& authority : authorities)
    used = used && ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), authority.get()) == 1;
  if (!used)
    refuse(file, first_of(take_errors(), "it cannot be read"),
           "it must be the certificate of the deployment's authority in PEM form");
}

}  // namespace

// -- context -------------------------------------------------------------------------------------

void tls_context::release::operator()(ssl_ctx_st* context) const { ::SSL_CTX_free(context); }

tls_context::tls_context(const tls_files& files) : context_(::SSL_CTX_new(::TLS_method())) {
  ::ERR_clear_error();
  if (!context_) throw failure(errc::internal, "set up TLS", {}, take_errors());
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
  if (!self) refuse(files.certificate, "its subject names no party of a deployment", issue_hint);
  self_ = std::move(*self);
  std::tm end{};
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(::SSL_CTX_get0_certificate(c)), &end) != 1)
    refuse(files.certificate, "its end cannot be read", issue_hint);
  ends_at_ = timestamp{std::chrono::seconds{::timegm(&end)}};
}

tls_context::~tls_context() = default;

std::unique_ptr<tls_channel> tls_context::accept(os::unique_fd fd) const {
  std::unique_ptr<tls_channel> made{new tls_channel{std::move(fd), context_.get()}};
  ::SSL_set_accept_state(made->session_.get());
  return made;
}

std::unique_ptr<tls_channel> tls_context::connect(os::unique_fd fd, const std::string& host) const {
  std::unique_ptr<tls_channel> made{new tls_channel{std::move(fd), context_.get()}};
  auto* const session = made->session_.get();
  ::SSL_set_connect_state(session);
  auto* const wanted = ::SSL_get0_param(session);
  ::X509_VERIFY_PARAM_set_hostflags(
      wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const bool set = is_ip_address(host)
                       ? ::X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1
                       : !host.empty() && ::SSL_set1_host(session, host.c_str()) == 1 &&
                             ::SSL_set_tlsext_host_name(session, host.c_str()) == 1;
  if (!set)
    throw failure(errc::usage, "connect to node", host, "this is no host name: " + take_errors());
  return made;
}

// -- channel -------------------------------------------------------------------------------------

void tls_channel::release::operator()(ssl_st* session) const { ::SSL_free(session); }

tls_channel::tls_channel(os::unique_fd fd, ssl_ctx_st* context)
    : fd_(std::move(fd)), session_(::SSL_new(context)) {
  auto* const bio = session_ ? ::BIO_new(socket_method()) : nullptr;
  if (bio == nullptr) throw failure(errc::internal, "set up TLS", {}, take_errors());
  ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd_.get())));
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(session_.get(), bio, bio);
}

tls_channel::~tls_channel() {
  // Announces the end to the peer, without waiting for an answer.
  if (peer_ && !broken_) {
    ::ERR_clear_error();
    ::SSL_shutdown(session_.get());
  }
  ::ERR_clear_error();
}

moved tls_channel::fail(std::string why) {
  broken_ = true;
  complaint_ = std::move(why);
  return moved::closed;
}

moved tls_channel::blocked(int result, short& waits_for) {
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
  return fail(first_of(take_errors(), peer_ ? "the connection broke" : "it hung up"));
}

moved tls_channel::shake_hands() {
  if (broken_) return moved::closed;
  if (peer_) return moved::some;
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(session_.get());
  if (result != 1) return blocked(result, reading_waits_for_);
  auto found = party_of(::SSL_get0_peer_certificate(session_.get()));
  if (!found) return fail("its certificate names no party of a deployment");
  peer_ = std::move(found);
  reading_waits_for_ = 0;
  return moved::some;
}

short tls_channel::events(bool reading, bool writing) const {
  // Before the handshake is done there is one operation, which waits for one event.
  if (!peer_)
    return reading_waits_for_ != 0 ? reading_waits_for_ : static_cast<short>(POLLIN | POLLOUT);
  int wanted = 0;
  if (reading) wanted |= reading_waits_for_ != 0 ? reading_waits_for_ : POLLIN;
  if (writing) wanted |= writing_waits_for_ != 0 ? writing_waits_for_ : POLLOUT;
  return static_cast<short>(wanted);
}

bool tls_channel::holds_bytes() const { return ::SSL_pending(session_.get()) > 0; }

moved tls_channel::read(std::span<char> into, std::size_t& n) {
  n = 0;
  if (broken_ || !peer_) return broken_ ? moved::closed : moved::would_block;
  ::ERR_clear_error();
  reading_waits_for_ = 0;
  const int result = ::SSL_read_ex(session_.get(), into.data(), into.size(), &n);
  return result == 1 ? moved::some : blocked(result, reading_waits_for_);
}

moved tls_channel::write(std::span<const char> from, std::size_t& n) {
  n = 0;
  if (broken_ || !peer_) return broken_ ? moved::closed : moved::would_block;
  ::ERR_clear_error();
  writing_waits_for_ = 0;
  const int result = ::SSL_write_ex(session_.get(), from.data(), from.size(), &n);
  return result == 1 ? moved::some : blocked(result, writing_waits_for_);
}

}  // namespace sluice::net
