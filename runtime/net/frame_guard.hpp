// Follows the frames of CAF's binary protocol (BASP) in what a peer sends, and refuses what no
// honest peer would send before CAF sees it.
//
// CAF 0.17.6 believes the length in a frame's header and allocates it at once: 32 bytes that
// announce 4 GiB are enough to stop a node. A frame is a header of 32 bytes and a payload:
//
//   offset  0        1        2        3       4              8 .. 31
//           op       0        0        flags   payload length operands, source and receiver
//                                              (big endian)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace sluice::net {

inline constexpr std::size_t frame_header_size = 32;

/// The first byte of a frame (caf::io::basp::message_type).
enum class frame_kind : std::uint8_t {
  server_handshake = 0,
  client_handshake = 1,
  direct_message = 2,
  routed_message = 3,
  monitor_message = 4,
  down_message = 5,
  heartbeat = 6,
};

/// The part of a header that can be judged without CAF.
struct frame_header {
  std::uint8_t kind = 0;
  bool padded_with_zeros = false;
  std::uint32_t payload = 0;  ///< bytes that follow the header
};
frame_header read_frame_header(std::span<const char, frame_header_size> bytes);

/// Bytes that the payload of a frame may have.
struct frame_limits {
  /// A handshake carries a node's id and the names of a published interface.
  std::uint32_t handshake = 16 * 1024;
  /// Requests are names and options. Replies go the other way and are not limited here.
  std::uint32_t message = 1024 * 1024;
};

/// True if this is how a node greets whoever connects.
[[nodiscard]] bool is_greeting(const frame_header& header, const frame_limits& limits);

/// The frames of one client, in order. Not thread safe; does no I/O.
class frame_guard {
 public:
  explicit frame_guard(frame_limits limits) : limits_(limits) {}

  /// Looks at the next bytes of the stream, cut anywhere. Returns what is wrong with them; then
  /// they must not be passed on and the connection has to end. A header is judged before its last
  /// byte is passed on.
  [[nodiscard]] std::optional<std::string> inspect(std::span<const char> bytes);
  /// The client's handshake has been seen to its end.
  [[nodiscard]] bool greeted() const { return greeted_; }
  /// A frame has begun and is not complete.
  [[nodiscard]] bool inside_frame() const { return header_filled_ > 0 || payload_left_ > 0; }

 private:
  [[nodiscard]] std::optional<std::string> judge(const frame_header& header) const;
  void finish_frame();

  frame_limits limits_;
  std::array<char, frame_header_size> header_{};
  std::size_t header_filled_ = 0;
  std::uint32_t payload_left_ = 0;
  bool greeted_ = false;
};

}  // namespace sluice::net
