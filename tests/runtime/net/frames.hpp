// Frames of CAF's binary protocol, honest and otherwise.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/net/frame_guard.hpp"

namespace sluice::test {

/// A header that announces `payload` bytes.
inline std::string header(net::frame_kind kind, std::uint32_t payload) {
  std::string h(net::frame_header_size, '\0');
  h[0] = static_cast<char>(kind);
  for (unsigned i = 0; i < 4; ++i) h[4 + i] = static_cast<char>(payload >> (24 - 8 * i));
  return h;
}

/// A whole frame of arbitrary content.
inline std::string frame(net::frame_kind kind, std::uint32_t payload) {
  return header(kind, payload) + std::string(payload, '\xA5');
}

}  // namespace sluice::test
