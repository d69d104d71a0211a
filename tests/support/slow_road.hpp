// A TCP port in front of another one, which is far away: bytes take their time, both ways.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace sluice::test {

/// Listens on 127.0.0.1 from construction to destruction and passes every connection on.
class slow_road {
 public:
  /// `delay` is that of each direction. Throws std::system_error if a socket cannot be had.
  slow_road(std::uint16_t to_port, std::chrono::milliseconds delay);
  ~slow_road();
  slow_road(const slow_road&) = delete;
  slow_road& operator=(const slow_road&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void run(std::uint16_t to_port, std::chrono::milliseconds delay);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace sluice::test
