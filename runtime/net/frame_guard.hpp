// Follows the frames of CAF's binary protocol (BASP) in what a peer sends: refuses what no honest
// peer would send, and keeps back what this one may not, before CAF sees it.
//
// CAF 0.17.6 believes the length in a frame's header and allocates it at once: 32 bytes that
// announce 4 GiB are enough to stop a node. It reads whatever a payload holds: see payload.hpp. And
// it queues what arrives without an end. A frame is a header of 32 bytes and a payload:
//
//   offset  0        1        2        3       4               8           16      24
//           op       0        0        flags   payload length  operation   source  receiver
//                                              (all big endian)
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/message_form.hpp"
#include "runtime/net/turns.hpp"

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

/// A header, as far as it can be judged without CAF.
struct frame_header {
  std::uint8_t kind = 0;
  bool padded_with_zeros = false;
  bool named = false;           ///< the receiver is a name (an atom), not an actor's id
  std::uint32_t payload = 0;    ///< bytes that follow the header
  std::uint64_t operation = 0;  ///< of a message: its id, see request_number
  std::uint64_t source = 0;     ///< an actor of the sender, 0 for none
  std::uint64_t receiver = 0;

  [[nodiscard]] bool is(frame_kind k) const { return kind == static_cast<std::uint8_t>(k); }
};
frame_header read_frame_header(std::span<const char, frame_header_size> bytes);

/// Bytes that the payload of a frame may have.
struct frame_limits {
  /// A handshake carries a node's id and the names of a published interface.
  std::uint32_t handshake = 16 * 1024;
  /// Of a client: requests are names and options. Replies go the other way and are not limited.
  std::uint32_t request = 4 * 1024;
  /// Of another node: it brings batches.
  std::uint32_t message = 64u << 20;
};

/// What a client may do that is no node. CAF itself delivers whatever is sent to any actor of the
/// process whose id a client guesses.
struct client_rules {
  std::vector<std::uint64_t> receivers;    ///< ids of the actors that it may send messages to
  std::span<const message_form> requests;  ///< what it may ask them
  /// Requests that are not answered yet; it is read no further while there are as many. Only one of
  /// them is one that is answered at once: the next passes when it has its answer.
  std::size_t most_asked = 16;
  /// Actors of its own that ask.
  std::size_t most_sources = 16;
};

/// Bounds what all clients of a kind have under way, by how it is answered.
struct request_turns {
  turns prompt;
  turns list;
  turns later;

  [[nodiscard]] turns& of(answer_kind kind) {
    return kind == answer_kind::prompt ? prompt : kind == answer_kind::list ? list : later;
  }
};

/// True if this is how a node greets whoever connects.
[[nodiscard]] bool is_greeting(const frame_header& header, const frame_limits& limits);

/// The frames of one peer, in order, and the answers that it gets. Not thread safe; does no I/O.
class frame_guard {
 public:
  using clock = std::chrono::steady_clock;

  /// Another node: it may send to whomever it knows.
  explicit frame_guard(frame_limits limits) : limits_(limits) {}
  /// A client. Its requests take turns with those of others, as `whose` (see turns); the turns
  /// outlive the guard.
  frame_guard(frame_limits limits, client_rules rules, request_turns& all, std::string whose)
      : limits_(limits), rules_(std::move(rules)), turns_(&all), whose_(std::move(whose)) {}

  /// Takes bytes of the stream, cut anywhere, from the front of `bytes` for as long as it is
  /// `willing`, and appends to `passed` those that CAF may see: what is judged as a whole passes as
  /// a whole. Returns what is wrong with the bytes, if anything is: then the connection has to end.
  [[nodiscard]] std::optional<std::string> filter(std::span<const char>& bytes,
                                                  std::vector<char>& passed, clock::time_point now);
  /// Follows what goes to the peer: counts the answers among it.
  void note_answers(std::span<const char> bytes);
  /// Requests that take long hold nobody up any more, neither others nor those behind them: whoever
  /// waits for a slow catalog costs little. Not while an answer is on its way.
  void let_go_of_slow(clock::time_point now);
  /// When there may be one; `time_point::max()` for never.
  [[nodiscard]] clock::time_point slow_at() const;

  /// `filter` would take bytes, or pass what it kept back.
  [[nodiscard]] bool willing() const;
  /// The peer is no node.
  [[nodiscard]] bool is_of_client() const { return rules_.has_value(); }
  /// A request is here and waits for its turn.
  [[nodiscard]] bool keeps_request() const { return kept_.has_value(); }
  /// The client's handshake has been seen to its end.
  [[nodiscard]] bool greeted() const { return greetings_ > 0; }
  /// A frame has begun and is not complete.
  [[nodiscard]] bool inside_frame() const { return header_filled_ > 0 || !at_header_; }
  /// Requests that are not answered yet.
  [[nodiscard]] std::size_t asked() const { return asked_.size(); }

 private:
  /// What becomes of the frame that has begun.
  enum class fate : std::uint8_t {
    hold,  ///< judged when it is complete
    peek,  ///< judged when its beginning is here
    pass,
    drop,
  };
  struct request {
    std::uint64_t source;
    std::uint64_t number;
    answer_kind answered;
    std::unique_ptr<turns::ticket> turn;  ///< null: it is slow
    clock::time_point slow_at{};

    [[nodiscard]] bool holds_up() const { return answered != answer_kind::later && turn; }
  };
  using verdict = std::optional<std::string>;

  /// By the header alone; sets `fate_`.
  verdict judge_header();
  verdict judge_of_node();
  verdict judge_of_client(clock::time_point now);
  verdict judge_request();
  /// By the payload, as far as it was to be held.
  verdict judge_payload();
  verdict judge_handshake();
  /// Keeps the request that is complete until it may pass.
  void keep(answer_kind answered);
  /// Lets it queue for its turn, unless its client has to be answered first.
  void queue();
  [[nodiscard]] bool waits_for_answer() const;
  void release(std::vector<char>& passed);
  void finish_frame();

  frame_limits limits_;
  std::optional<client_rules> rules_;
  request_turns* turns_ = nullptr;
  std::string whose_;

  // -- the frame that has begun
  std::array<char, frame_header_size> header_bytes_{};
  std::size_t header_filled_ = 0;
  frame_header header_;
  bool at_header_ = true;
  fate fate_ = fate::drop;
  std::uint32_t payload_left_ = 0;
  std::uint32_t to_hold_ = 0;  ///< bytes of the payload that are still to be held
  std::vector<char> held_;

  // -- the peer
  int greetings_ = 0;
  std::vector<char> identity_;
  clock::time_point beat_at_{};         ///< when a heartbeat passed last
  std::vector<std::uint64_t> sources_;  ///< actors of the client that have asked and not ended
  std::size_t monitored_ = 0;
  std::size_t kept_back_ = 0;  ///< frames that were not for CAF
  std::vector<request> asked_;
  std::optional<request> kept_;  ///< waits for its turn; its bytes are those of the frame

  // -- what goes to the peer
  std::array<char, frame_header_size> answer_bytes_{};
  std::size_t answer_filled_ = 0;
  frame_header answer_;
  std::uint32_t answer_left_ = 0;
};

}  // namespace sluice::net
