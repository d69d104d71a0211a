// A TCP port that no other program gets, for a server that is started later, and maybe again.
#pragma once

#include <cstdint>

namespace sluice::test {

/// Bound, but not listened on, as long as this lives: the kernel does not hand the port out as a
/// free one, and lets a program that names it listen there with SO_REUSEADDR (socket(7)).
class reserved_port {
 public:
  /// On 127.0.0.1. Throws std::system_error.
  reserved_port();
  ~reserved_port();
  reserved_port(reserved_port&& other) noexcept;
  reserved_port(const reserved_port&) = delete;
  reserved_port& operator=(const reserved_port&) = delete;

  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  int fd_ = -1;
  std::uint16_t number_ = 0;
};

}  // namespace sluice::test
