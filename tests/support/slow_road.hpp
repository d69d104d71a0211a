// A TCP port in front of another one, as if that were far away or behind a narrow link: bytes are
// delayed and paced in both directions, and the connection may be cut.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace sluice::test {

/// Listens on 127.0.0.1 from construction to destruction and passes every connection on.
class slow_road {
 public:
  /// `delay` and `bytes_per_second` (0: as many as come) are those of each direction of each
  /// connection. Throws std::system_error if a socket cannot be had.
  slow_road(std::uint16_t to_port, std::chrono::milliseconds delay,
            std::uint64_t bytes_per_second = 0);
  ~slow_road();
  slow_road(const slow_road&) = delete;
  slow_road& operator=(const slow_road&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// On which side of the far end a connection is cut.
  enum class cut : std::uint8_t {
    request,  ///< the request does not arrive
    answer,   ///< the request arrives, its answer does not come back
  };
  /// Cuts the connection over which the last of `bytes` is sent, after the others were sent in
  /// their order, each within one piece. Any thread.
  void cut_at(std::deque<std::string> bytes, cut what);
  /// Whether that has happened.
  [[nodiscard]] bool has_cut() const;

 private:
  struct passage;
  /// False: the connection is over.
  bool move(passage& one);

  void run(std::uint16_t to_port);

  std::chrono::milliseconds delay_;
  std::uint64_t bytes_per_second_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  mutable std::mutex mutex_;
  std::deque<std::string> cut_at_;  ///< none: nowhere
  cut what_ = cut::request;
  std::thread thread_;
};

}  // namespace sluice::test
