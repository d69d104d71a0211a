// One connection to an API, by libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "runtime/config/http_config.hpp"
#include "runtime/http/http_answer.hpp"
#include "runtime/http/http_request.hpp"

namespace sluice::http {

/// Sends requests one after the other over a connection that it keeps. Certificates are verified,
/// redirects not followed, proxies taken from the environment as curl does. One thread.
class http_client {
 public:
  /// How a stop treats a request that is on its way.
  enum class when_stopped : std::uint8_t {
    finish,     ///< nothing: an answer is worth waiting for
    break_off,  ///< ends it at once, and nothing is waited for, not even the resolver
  };

  /// What is offered to a server over TLS; without TLS it is always HTTP/1.1.
  enum class versions : std::uint8_t { only_1, up_to_2 };

  /// Resolves the credentials. Throws `failure` (invalid_config) if a reference has no value or a
  /// TLS file cannot be read.
  explicit http_client(const config::http_config& config,
                       when_stopped requests = when_stopped::finish,
                       versions offered = versions::only_1);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Bounded by the configured time-out. A stop ends it before the request is on its way, and
  /// afterwards if requests are broken off. An answer is received up to `max_answer` bytes.
  http_answer send(const http_request& request, const std::stop_token& stop);

  /// Connects to the server of `url`, with TLS for https, and sends nothing; finds out whether the
  /// server ends the connection or speaks another protocol. The answer has a failure or none.
  http_answer connect(const std::string& url, const std::stop_token& stop);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::http
