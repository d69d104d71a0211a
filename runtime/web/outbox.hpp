// Bytes that a client has not taken yet.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "runtime/net/channel.hpp"

namespace sluice::web {

class outbox {
 public:
  void add(std::string bytes);
  /// Bytes that are still here.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Sends what the channel takes: `some` if nothing is left, `would_block` if something is.
  net::moved send(net::channel& to);

 private:
  std::deque<std::string> texts_;  ///< none is empty
  std::size_t sent_ = 0;           ///< of the first
  std::size_t size_ = 0;
};

}  // namespace sluice::web
