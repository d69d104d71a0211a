// Many requests to an API at once, by libcurl.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/config/http_config.hpp"
#include "runtime/http/http_answer.hpp"
#include "runtime/http/http_request.hpp"

namespace sluice::http {

/// Sends requests at the same time, over connections that it keeps, and over fewer of them where a
/// server speaks HTTP/2; otherwise as `http_client`. One thread, `wake` excepted.
class request_pool {
 public:
  using clock = std::chrono::steady_clock;

  /// Throws as `http_client` does.
  explicit request_pool(const config::http_config& config);
  /// Breaks off what is under way.
  ~request_pool();
  request_pool(const request_pool&) = delete;
  request_pool& operator=(const request_pool&) = delete;

  /// Begins to send a request. `number`: given back with its answer.
  void begin(std::uint64_t number, std::shared_ptr<const http_request> request);

  struct ended {
    std::uint64_t number = 0;
    http_answer answer;
  };
  /// Moves bytes until a request has ended, `wake` is called or the time has come. Returns what has
  /// ended. Each request is bounded by the configured time-out.
  std::vector<ended> wait(clock::time_point until);
  /// Ends the present or the next `wait`. From any thread.
  void wake() noexcept;

  /// Ends requests of which nothing was written to a connection yet: `cancelled`.
  std::vector<ended> cancel_unsent();
  /// Ends everything that is under way, and tells nothing of it.
  void break_off();

  [[nodiscard]] std::size_t under_way() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::http
