// One connection of the HTTP server as a stream of bytes, in the clear or in TLS.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/os/unique_fd.hpp"
#include "tests/support/openssl.hpp"

namespace sluice::test {

/// A server's certificate, and the authority of its clients; PEM files.
struct http_tls {
  std::filesystem::path certificate;
  std::filesystem::path key;
  /// Only clients with a certificate of this authority are served; nothing: any client is.
  std::optional<std::filesystem::path> client_authority = {};
};

using tls_context = openssl_ptr<SSL_CTX, ::SSL_CTX_free>;
/// Throws std::runtime_error if a file cannot be used.
tls_context make_tls_context(const http_tls& what);

/// One thread uses a stream; only `interrupt` may be called by others. SIGPIPE has to be blocked in
/// the thread that uses it.
class http_stream {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// TLS if there is a context, which has to outlive the stream.
  http_stream(os::unique_fd fd, SSL_CTX* tls);

  /// Makes the TLS connection. Throws std::runtime_error if that fails.
  void handshake();

  /// A line without its end. Nothing at the stream's end. Throws std::runtime_error if a line has
  /// more than a mebibyte.
  std::optional<std::string> read_line();
  /// False if the stream ended before.
  bool read_exactly(std::size_t count, std::string& to);
  /// Waits until there is something to read, or the stream's end; without a limit forever. False if
  /// the time is over.
  bool wait_readable(std::optional<milliseconds> limit);
  /// False if the peer does not take it.
  bool write(std::string_view bytes);

  /// Ends the stream properly: after a TLS close notification.
  void close();
  /// Ends the stream without TLS's close notification, as a crash does: a TCP end all the same.
  void cut();
  /// Ends the stream by a TCP reset, which discards bytes that are under way.
  void reset();
  /// Makes every read and write fail from now on, waiting ones included.
  void interrupt();

 private:
  /// Reads some more into the buffer. False at the end.
  bool fill();

  std::mutex mutex_;  ///< of closing `fd_`, so that `interrupt` never meets a number that is reused
  os::unique_fd fd_;
  openssl_ptr<SSL, ::SSL_free> tls_;
  std::string buffer_;
};

}  // namespace sluice::test
