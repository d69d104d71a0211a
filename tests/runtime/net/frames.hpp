// Frames of CAF's binary protocol, honest and otherwise.
#pragma once

#include <cstddef>
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

/// Sets the last 8 bytes of the header: whom the frame is for.
inline std::string to(std::uint64_t receiver, std::string frame) {
  for (unsigned i = 0; i < 8; ++i) frame[24 + i] = static_cast<char>(receiver >> (56 - 8 * i));
  return frame;
}
/// Sets its source, an actor of the sender.
inline std::string from(std::uint64_t source, std::string frame) {
  for (unsigned i = 0; i < 8; ++i) frame[16 + i] = static_cast<char>(source >> (56 - 8 * i));
  return frame;
}
/// Sets its operation: of a message, the id.
inline std::string numbered(std::uint64_t id, std::string frame) {
  for (unsigned i = 0; i < 8; ++i) frame[8 + i] = static_cast<char>(id >> (56 - 8 * i));
  return frame;
}

/// A whole frame.
inline std::string frame(net::frame_kind kind, const std::string& payload) {
  return header(kind, static_cast<std::uint32_t>(payload.size())) + payload;
}
inline std::string heartbeat() { return header(net::frame_kind::heartbeat, 0); }

/// A node's identity: the atom `default` and 24 bytes.
inline std::string identity(char of = 'i') {
  return std::string("\0\0\x3E\x9A\xAB\x9B\xAC\x79", 8) + std::string(24, of);
}
inline std::string greeting() { return frame(net::frame_kind::client_handshake, identity()); }

/// A message of these types, not forwarded. `types` as CAF writes them, up to 127 bytes.
inline std::string message(const std::string& types, const std::string& values = "") {
  return std::string(3, '\0') + static_cast<char>(types.size()) + types + values;
}
/// A message between nodes, of that many bytes in all.
inline std::string batch_frame(std::size_t size) {
  auto m = message("@<>+sluice::batch");
  m.resize(size, '\xA5');
  return frame(net::frame_kind::direct_message, m);
}

}  // namespace sluice::test
