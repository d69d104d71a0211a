// One connection to an API, by libcurl.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/http_request.hpp"

namespace sluice::destinations {

/// What came of a request.
struct http_answer {
  int status = 0;    ///< 0 if there was no complete answer
  std::string body;  ///< decompressed; its first `http_client::most_body` bytes
  std::optional<std::chrono::seconds> retry_after;

  enum class failure : std::uint8_t {
    none,
    not_sent,   ///< the request certainly did not reach the API
    unknown,    ///< it may have been carried out
    futile,     ///< trying again is no use: a certificate is refused, the address makes no sense
    cancelled,  ///< stopped: before it was sent, unless the client breaks requests off
  } failed = failure::none;
  std::string why;  ///< of a failure
};

/// The answer in words, secrets masked: `HTTP 422 Unprocessable Content: email is taken`.
std::string in_words(const http_answer& answer);

/// Sends requests one after the other over a connection that it keeps. Certificates are verified,
/// redirects not followed, proxies taken from the environment as curl does. One thread.
class http_client {
 public:
  /// What is kept of an answer; more than `longest_answer` is not even received.
  static constexpr std::size_t most_body = 4u << 20;
  static constexpr std::size_t longest_answer = 64u << 20;
  static constexpr std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);

  /// What a stop does to a request that is on its way.
  enum class when_stopped : std::uint8_t {
    finish,     ///< nothing: an answer is worth waiting for
    break_off,  ///< ends it at once, and nothing is waited for, not even the resolver
  };

  /// Resolves the credentials. Throws `failure` (invalid_config) if a reference has no value or a
  /// TLS file cannot be read.
  explicit http_client(const config::http_config& config,
                       when_stopped requests = when_stopped::finish);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Bounded by the configured time-out. A stop ends it before the request is on its way, and
  /// afterwards if requests are broken off.
  http_answer send(const http_request& request, const std::stop_token& stop);

  /// Connects to the server of `url`, with TLS where it says https, and sends nothing. The answer
  /// has a failure or none.
  http_answer connect(const std::string& url, const std::stop_token& stop);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::destinations
