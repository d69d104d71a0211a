// Follows the frames of CAF's binary protocol (BASP) that a peer sends. Frames that no honest peer
// sends end the connection; frames that this peer may not send are kept from CAF.
//
// CAF 0.17.6 believes the length in a frame's header and allocates as much at once: 32 bytes that
// announce 4 GiB are enough to stop a node. CAF also deserialises any payload (see payload.hpp),
// and queues messages without a bound. A frame is a header of 32 bytes and a payload:
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
  /// A client's message: requests are names, options and at most one long text. (Replies go the
  /// other way and are not limited.)
  std::uint32_t request = 16 * 1024;
  /// A node's message: batches.
  std::uint32_t message = 64u << 20;
};

/// What a client that is no node may do. CAF itself delivers any message to any actor of the
/// process whose id a client guesses.
struct client_rules {
  std::vector<std::uint64_t> receivers;    ///< ids of the actors that it may address
  std::span<const message_form> requests;  ///< messages that it may send them
  /// Requests without an answer. A client that has as many is read no further. Requests that are
  /// answered at once pass one at a time: the next one when the last one is answered.
  std::size_t most_asked = 16;
  /// Actors of the client that send requests.
  std::size_t most_sources = 16;
};

/// Bounds the unanswered requests of all clients of a kind, by how they are answered.
struct request_turns {
  turns prompt;
  turns list;
  turns later;

  [[nodiscard]] turns& of(answer_kind kind) {
    return kind == answer_kind::prompt ? prompt : kind == answer_kind::list ? list : later;
  }
};

/// True if this is the header with which a node greets a client.
[[nodiscard]] bool is_greeting(const frame_header& header, const frame_limits& limits);

/// The frames of one peer, in order, and the answers that it gets. Not thread safe; does no I/O.
class frame_guard {
 public:
  using clock = std::chrono::steady_clock;

  /// For another node, which may send to any actor that it knows.
  explicit frame_guard(frame_limits limits) : limits_(limits) {}
  /// For a client. Its requests take turns with those of other clients, as one of `whose` (see
  /// turns). The turns outlive the guard.
  frame_guard(frame_limits limits, client_rules rules, request_turns& all, std::string whose)
      : limits_(limits), rules_(std::move(rules)), turns_(&all), whose_(std::move(whose)) {}

  /// Takes bytes of the stream, cut anywhere, from the front of `bytes` as long as it is `willing`,
  /// and appends to `passed` those that CAF may see. A frame that is judged as a whole passes as a
  /// whole. Returns the fault for which the connection has to end, if there is one.
  [[nodiscard]] std::optional<std::string> filter(std::span<const char>& bytes,
                                                  std::vector<char>& passed, clock::time_point now);
  /// Follows the bytes to the peer, and counts the answers among them.
  void note_answers(std::span<const char> bytes);
  /// Takes the turns of requests that take long, so that these hold up neither other clients nor
  /// later requests: waiting for a slow catalog costs little. Does nothing while an answer is on
  /// its way.
  void let_go_of_slow(clock::time_point now);
  /// When to call `let_go_of_slow` next; `time_point::max()` for never.
  [[nodiscard]] clock::time_point slow_at() const;

  /// Whether `filter` would take bytes, or pass a request that was kept back.
  [[nodiscard]] bool willing() const;
  /// The peer is no node.
  [[nodiscard]] bool is_of_client() const { return rules_.has_value(); }
  /// A complete request waits for its turn.
  [[nodiscard]] bool keeps_request() const { return kept_.has_value(); }
  /// The client's handshake is complete.
  [[nodiscard]] bool greeted() const { return greetings_ > 0; }
  /// A frame has begun and is not complete.
  [[nodiscard]] bool inside_frame() const { return header_filled_ > 0 || !at_header_; }
  /// Requests without an answer.
  [[nodiscard]] std::size_t asked() const { return asked_.size(); }

 private:
  /// How the frame that has begun is treated.
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

  /// Judges by the header alone; sets `fate_`.
  verdict judge_header();
  verdict judge_of_node();
  verdict judge_of_client(clock::time_point now);
  verdict judge_request();
  /// Judges by the payload, or by the part of it that was held.
  verdict judge_payload();
  verdict judge_handshake();
  /// Keeps the complete request until it may pass.
  void keep(answer_kind answered);
  /// Lets the request queue for its turn, unless an earlier one of its client must be answered
  /// first.
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
  std::size_t kept_back_ = 0;  ///< frames kept from CAF
  std::vector<request> asked_;
  std::optional<request> kept_;  ///< waits for its turn; its bytes are those of the frame

  // -- what goes to the peer
  std::array<char, frame_header_size> answer_bytes_{};
  std::size_t answer_filled_ = 0;
  frame_header answer_;
  std::uint32_t answer_left_ = 0;
};

}  // namespace sluice::net
