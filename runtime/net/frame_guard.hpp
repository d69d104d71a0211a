// Follows the frames of CAF's binary protocol (BASP) in what a peer sends: refuses what no honest
// peer would send, and keeps back what this one may not, before CAF sees it.
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
#include <utility>
#include <vector>

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
  bool named = false;         ///< the receiver is a name (an atom), not an actor's id
  std::uint32_t payload = 0;  ///< bytes that follow the header
  std::uint64_t receiver = 0;
};
frame_header read_frame_header(std::span<const char, frame_header_size> bytes);

/// Bytes that the payload of a frame may have.
struct frame_limits {
  /// A handshake carries a node's id and the names of a published interface.
  std::uint32_t handshake = 16 * 1024;
  /// Requests are names and options. Replies go the other way and are not limited here.
  std::uint32_t message = 1024 * 1024;
};

/// Whom a client may send messages to. CAF itself delivers to any actor of the process whose id a
/// client guesses.
struct frame_receivers {
  std::vector<std::uint64_t> ids;    ///< of actors
  std::vector<std::uint64_t> names;  ///< atoms
};

/// True if this is how a node greets whoever connects.
[[nodiscard]] bool is_greeting(const frame_header& header, const frame_limits& limits);

/// The frames of one client, in order. Not thread safe; does no I/O.
class frame_guard {
 public:
  /// Without `receivers` the client may send to whomever it knows.
  explicit frame_guard(frame_limits limits, std::optional<frame_receivers> receivers = std::nullopt)
      : limits_(limits), receivers_(std::move(receivers)) {}

  /// Takes the next bytes of the stream, cut anywhere, and appends to `passed` those that CAF may
  /// see: at most 31 bytes more, since a header is judged as a whole. Messages to others than the
  /// receivers are left out; CAF's helpers provoke some, when they ask a client who it is. Returns
  /// what is wrong with the bytes, if anything is: then the connection has to end.
  [[nodiscard]] std::optional<std::string> filter(std::span<const char> bytes,
                                                  std::vector<char>& passed);
  /// The client's handshake has been seen to its end.
  [[nodiscard]] bool greeted() const { return greeted_; }
  /// A frame has begun and is not complete.
  [[nodiscard]] bool inside_frame() const { return header_filled_ > 0 || payload_left_ > 0; }

 private:
  [[nodiscard]] std::optional<std::string> judge(const frame_header& header) const;
  [[nodiscard]] bool may_reach(const frame_header& header) const;
  void finish_frame();

  frame_limits limits_;
  std::optional<frame_receivers> receivers_;
  std::array<char, frame_header_size> header_{};
  std::size_t header_filled_ = 0;
  std::uint32_t payload_left_ = 0;
  bool dropping_ = false;  ///< the frame that has begun is left out
  bool greeted_ = false;
};

}  // namespace sluice::net
