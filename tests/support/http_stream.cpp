#include "tests/support/http_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace sluice::test {

tls_context make_tls_context(const http_tls& what) {
  tls_context made{::SSL_CTX_new(::TLS_server_method())};
  require_openssl(made != nullptr, "make a TLS context");
  auto* const context = made.get();
  require_openssl(::SSL_CTX_use_certificate_chain_file(context, what.certificate.c_str()) == 1,
                  "read " + what.certificate.string());
  require_openssl(::SSL_CTX_use_PrivateKey_file(context, what.key.c_str(), SSL_FILETYPE_PEM) == 1,
                  "read " + what.key.string());
  // Without a name of its own, a server that asks for certificates refuses resumed sessions.
  constexpr std::array<unsigned char, 4> name{'t', 'e', 's', 't'};
  require_openssl(::SSL_CTX_set_session_id_context(context, name.data(), name.size()) == 1,
                  "name the TLS context");
  if (what.client_authority) {
    const auto& file = *what.client_authority;
    require_openssl(::SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) == 1,
                    "read " + file.string());
    ::SSL_CTX_set_client_CA_list(context, ::SSL_load_client_CA_file(file.c_str()));
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return made;
}

http_stream::http_stream(os::unique_fd fd, SSL_CTX* tls) : fd_(std::move(fd)) {
  if (tls == nullptr) return;
  tls_.reset(::SSL_new(tls));
  require_openssl(tls_ && ::SSL_set_fd(tls_.get(), fd_.get()) == 1, "make a TLS connection");
}

void http_stream::handshake() {
  if (!tls_) return;
  ::ERR_clear_error();
  require_openssl(::SSL_accept(tls_.get()) == 1, "TLS handshake");
}

bool http_stream::fill() {
  std::array<char, 16384> bytes{};
  std::size_t count = 0;
  if (tls_) {
    ::ERR_clear_error();
    if (::SSL_read_ex(tls_.get(), bytes.data(), bytes.size(), &count) != 1) return false;
  } else {
    ssize_t n = 0;
    do n = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0) return false;
    count = static_cast<std::size_t>(n);
  }
  buffer_.append(bytes.data(), count);
  return true;
}

std::optional<std::string> http_stream::read_line() {
  constexpr std::size_t longest = 1 << 20;
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (buffer_.size() > longest) throw std::runtime_error("a line is too long");
    if (!fill()) return std::nullopt;
  }
}

bool http_stream::read_exactly(std::size_t count, std::string& to) {
  while (count > 0) {
    if (buffer_.empty() && !fill()) return false;
    const auto n = std::min(count, buffer_.size());
    to.append(buffer_, 0, n);
    buffer_.erase(0, n);
    count -= n;
  }
  return true;
}

bool http_stream::wait_readable(std::optional<milliseconds> limit) {
  if (!buffer_.empty() || (tls_ && ::SSL_pending(tls_.get()) > 0)) return true;
  pollfd p{fd_.get(), POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + limit.value_or(milliseconds{0});
  int ready = 0;
  do {
    int left = -1;
    if (limit) {
      const auto rest =
          std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
      left = static_cast<int>(std::max<milliseconds::rep>(rest.count(), 0));
    }
    ready = ::poll(&p, 1, left);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool http_stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t count = 0;
    if (tls_) {
      ::ERR_clear_error();
      if (::SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count) != 1) return false;
    } else {
      const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      count = static_cast<std::size_t>(n);
    }
    bytes.remove_prefix(count);
  }
  return true;
}

void http_stream::close() {
  // After a failed call OpenSSL refuses to send a close notification by itself.
  if (tls_ && fd_) ::SSL_shutdown(tls_.get());
  ::ERR_clear_error();
  cut();
}

void http_stream::cut() {
  const std::lock_guard lock(mutex_);
  if (fd_) ::shutdown(fd_.get(), SHUT_RDWR);
  fd_.reset();
}

void http_stream::reset() {
  const std::lock_guard lock(mutex_);
  if (!fd_) return;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

void http_stream::interrupt() {
  const std::lock_guard lock(mutex_);
  if (fd_) ::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace sluice::test
