// One client's connection: moves bytes between its socket and CAF's end, past a frame guard.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/channel.hpp"
#include "runtime/net/frame_guard.hpp"

namespace sluice::net {

/// How long a peer may take before its connection is closed.
struct relay_limits {
  std::chrono::milliseconds handshake{5'000};  ///< from the connect to the end of its handshake
  /// Of silence in the middle of a frame, or while bytes wait for the peer.
  std::chrono::milliseconds stall{30'000};
  frame_limits frames;
};

/// Moves what can be moved without blocking; belongs to one poll loop. Buffers are bounded in both
/// directions: a peer that does not read is not read from, nor is one that has enough unanswered
/// requests.
class relay {
 public:
  using clock = std::chrono::steady_clock;

  /// `outside` leads to the peer, `inside` is the non-blocking socket whose other end CAF has.
  /// `guard` judges what the peer sends; without a guard the peer is believed.
  relay(std::unique_ptr<channel> outside, os::unique_fd inside, const relay_limits& limits,
        std::optional<frame_guard> guard, clock::time_point now);

  [[nodiscard]] int outside() const { return outside_->fd(); }
  [[nodiscard]] int inside() const { return inside_.fd(); }
  /// The events to poll each socket for; 0: do not poll it at all, or a hung-up peer makes poll
  /// spin.
  [[nodiscard]] short outside_events() const;
  [[nodiscard]] short inside_events() const;
  /// Whether there are bytes to move that poll does not see: then `move` must be called at once.
  [[nodiscard]] bool ready() const;
  /// When `move` must be called even if no socket stirs; `time_point::max()` for never.
  [[nodiscard]] clock::time_point deadline() const;

  /// Moves bytes both ways and checks the time limits. False: the connection is over.
  [[nodiscard]] bool move(clock::time_point now);
  /// Why the peer was cut off; empty if it or CAF closed in the ordinary way.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  /// Bytes on their way; filled only when empty.
  struct parcel {
    std::vector<char> bytes;
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] bool empty() const { return begin == end; }
  };

  /// When the peer has taken too long.
  [[nodiscard]] clock::time_point end_of_patience() const;
  static moved fill(parcel& p, channel& from);
  /// Empties `p`, if `to` takes everything.
  static moved drain(parcel& p, channel& to);
  /// Lets the guard judge the bytes of `heard_`, and takes those that may pass. False: the peer
  /// must be cut off.
  bool judge(clock::time_point now);
  /// Whether there is room for more bytes of the peer, and the guard would take them.
  [[nodiscard]] bool listens() const;
  /// Client to CAF, and CAF to client. False: over.
  bool move_in(clock::time_point now);
  bool move_out(clock::time_point now);

  relay_limits limits_;
  std::unique_ptr<channel> outside_;
  plain_channel inside_;
  std::optional<frame_guard> guard_;
  parcel heard_;  ///< bytes that are not judged yet; empty without a guard
  parcel to_inside_;
  parcel to_outside_;
  clock::time_point accepted_;
  clock::time_point last_in_;   ///< when the peer last sent something, or was not listened to
  clock::time_point last_out_;  ///< when the peer last took something, or had nothing to take
  std::string complaint_;
};

}  // namespace sluice::net
