// A client that sends exactly the bytes that a test wants to a server under test, or none.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::test {

/// The bytes of a server up to its end of the connection.
struct http_page {
  int status = 0;       ///< 0: the answer does not begin like HTTP
  std::string headers;  ///< with the status line
  std::string body;
};

/// A connection to 127.0.0.1. Throws std::system_error if it cannot be had.
class http_visitor {
 public:
  explicit http_visitor(std::uint16_t port);
  ~http_visitor();
  http_visitor(http_visitor&& other) noexcept;
  http_visitor& operator=(http_visitor&&) = delete;
  http_visitor(const http_visitor&) = delete;
  http_visitor& operator=(const http_visitor&) = delete;

  /// False if the server has hung up.
  bool say(std::string_view text);
  /// Waits up to a minute for the server to begin its answer.
  bool is_answered();
  /// Reads until the server hangs up, or for a minute.
  http_page read_page();
  /// Reads one response, as long as its Content-Length says; none: its head.
  http_page read_response();
  /// Reads up to and including `text`; less if the server hangs up before. The rest is read later.
  std::string read_until(std::string_view text);
  /// Nothing more will be said.
  void finish();
  /// Waits up to a minute for the server to hang up without a word.
  bool is_hung_up_on();

 private:
  bool receive();

  int fd_ = -1;
  std::string read_;  ///< received, not handed out
};

/// GET, or another method, over a connection for it alone, with `headers` (each with its line end).
http_page get(std::uint16_t port, const std::string& path, const std::string& method = "GET",
              const std::string& headers = "");

/// A port that no process listens on just now.
std::uint16_t free_port();

}  // namespace sluice::test
