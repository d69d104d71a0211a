#include "runtime/net/frame_guard.hpp"

#include <algorithm>

namespace sluice::net {
namespace {

bool is_kind(const frame_header& header, frame_kind kind) {
  return header.kind == static_cast<std::uint8_t>(kind);
}

std::string too_long(std::uint32_t announced, std::uint32_t limit) {
  return "announced " + std::to_string(announced) + " bytes; " + std::to_string(limit) +
         " are the limit";
}

}  // namespace

frame_header read_frame_header(std::span<const char, frame_header_size> bytes) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  frame_header result;
  result.kind = static_cast<std::uint8_t>(byte(0));
  result.padded_with_zeros = byte(1) == 0 && byte(2) == 0;
  constexpr std::uint32_t named_receiver_flag = 1;
  result.named = (byte(3) & named_receiver_flag) != 0;
  result.payload = byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7);
  for (std::size_t i = 24; i < 32; ++i) result.receiver = result.receiver << 8 | byte(i);
  return result;
}

bool is_greeting(const frame_header& header, const frame_limits& limits) {
  return is_kind(header, frame_kind::server_handshake) && header.padded_with_zeros &&
         header.payload > 0 && header.payload <= limits.handshake;
}

std::optional<std::string> frame_guard::filter(std::span<const char> bytes,
                                               std::vector<char>& passed) {
  while (!bytes.empty()) {
    if (payload_left_ > 0) {
      const auto part = std::min<std::size_t>(payload_left_, bytes.size());
      if (!dropping_) {
        const auto passing = bytes.first(part);
        passed.insert(passed.end(), passing.begin(), passing.end());
      }
      payload_left_ -= static_cast<std::uint32_t>(part);
      bytes = bytes.subspan(part);
      if (payload_left_ == 0) finish_frame();
      continue;
    }
    const auto part = std::min(frame_header_size - header_filled_, bytes.size());
    std::copy_n(bytes.begin(), part, header_.begin() + static_cast<std::ptrdiff_t>(header_filled_));
    header_filled_ += part;
    bytes = bytes.subspan(part);
    if (header_filled_ < frame_header_size) break;
    const auto header = read_frame_header(header_);
    if (auto wrong = judge(header)) return wrong;
    dropping_ = !may_reach(header);
    if (!dropping_) passed.insert(passed.end(), header_.begin(), header_.end());
    payload_left_ = header.payload;
    header_filled_ = 0;
    if (payload_left_ == 0) finish_frame();
  }
  return std::nullopt;
}

std::optional<std::string> frame_guard::judge(const frame_header& header) const {
  const bool handshake = is_kind(header, frame_kind::client_handshake);
  const bool known = header.kind <= static_cast<std::uint8_t>(frame_kind::heartbeat) &&
                     !is_kind(header, frame_kind::server_handshake);
  // CAF repeats the handshake where two nodes might connect to each other at once.
  if (!header.padded_with_zeros || !known || !(handshake || greeted_))
    return "does not speak the protocol of a Sluice client";
  const auto limit = handshake ? limits_.handshake : limits_.message;
  if (header.payload > limit) return too_long(header.payload, limit);
  return std::nullopt;
}

bool frame_guard::may_reach(const frame_header& header) const {
  if (!receivers_) return true;
  if (is_kind(header, frame_kind::routed_message)) return false;  // to a third node
  // Whoever monitors an actor learns that it ended and nothing else; CAF does it unasked.
  if (!is_kind(header, frame_kind::direct_message)) return true;
  const auto& known = header.named ? receivers_->names : receivers_->ids;
  return std::ranges::find(known, header.receiver) != known.end();
}

void frame_guard::finish_frame() { greeted_ = true; }

}  // namespace sluice::net
