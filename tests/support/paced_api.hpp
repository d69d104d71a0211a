// An API that takes its time and takes so many requests at once, for measuring how near a client
// comes to what is possible.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::test {

/// Speaks plain HTTP/1.1 on 127.0.0.1, from one thread, with hundreds of connections. Every request
/// is answered with 200 and {}, `latency` after it came whole; one that comes while `at_once`
/// others are worked on is refused at once. Bodies are read and dropped. Methods may be called from
/// any thread.
class paced_api {
 public:
  using clock = std::chrono::steady_clock;

  struct pace {
    std::chrono::microseconds latency{0};
    std::uint32_t at_once = 0;  ///< 0: any number
    std::string refusal = "429 Too Many Requests";
    /// Header lines of a refusal, each with its line break.
    std::string refusal_headers = {};
    /// So many requests are worked on at a time; the others wait in a queue. 0: all.
    std::uint32_t workers = 0;
    /// Header lines of an answer, each with its line break; gets the number of the request, from 1.
    std::function<std::string(std::uint64_t)> headers = {};
  };

  /// Throws std::system_error if it cannot listen.
  explicit paced_api(pace how);
  /// Drops all connections.
  ~paced_api();
  paced_api(const paced_api&) = delete;
  paced_api& operator=(const paced_api&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const;
  /// From now on, also for the requests that it works on.
  void set(pace how);
  /// Ends all connections without another answer, and accepts none any more.
  void die();

  struct counts {
    std::uint64_t requests = 0;  ///< that came whole
    std::uint64_t answered = 0;  ///< with 200
    std::uint64_t refused = 0;
    std::uint64_t connections = 0;
    std::uint32_t most_at_once = 0;
  };
  [[nodiscard]] counts served() const;
  /// When each request came whole, in their order.
  [[nodiscard]] std::vector<clock::time_point> arrivals() const;
  /// Waits until so many requests are worked on at once. False if the time is over.
  [[nodiscard]] bool wait_for(std::uint32_t at_once, std::chrono::milliseconds limit) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::test
