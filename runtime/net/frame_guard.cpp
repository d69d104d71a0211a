#include "runtime/net/frame_guard.hpp"

#include <algorithm>
#include <utility>

#include "runtime/net/payload.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

// Flags in the id of a message (caf::message_id).
constexpr std::uint64_t response_flag = 0x8000000000000000;
constexpr std::uint64_t stream_flag = 0x2000000000000000;
constexpr std::uint64_t request_number = 0x0FFFFFFFFFFFFFFF;

/// A request that takes longer waits for the catalog, another node or a run, not for its turn.
constexpr auto is_slow = 250ms;
constexpr auto list_is_slow = 1'000ms;
/// A client's heartbeat that follows the last one sooner says nothing new.
constexpr auto between_heartbeats = 100ms;
/// Frames of a client that may be kept back. An honest client sends a handful of them.
constexpr std::size_t most_kept_back = 1'000;
/// How many monitor messages a client may send. CAF sends one.
constexpr std::size_t most_monitored = 8;
/// CAF sends its handshake twice. The second one selects this connection, in case two nodes have
/// connected to each other at the same time.
constexpr int most_greetings = 2;
/// The longest payload of a node that is judged as a whole: an error.
constexpr std::uint32_t longest_error = 1u << 20;

bool contains(const std::vector<std::uint64_t>& all, std::uint64_t one) {
  return std::ranges::find(all, one) != all.end();
}

std::span<const char> take_front(std::span<const char>& bytes, std::size_t n) {
  const auto front = bytes.first(std::min(n, bytes.size()));
  bytes = bytes.subspan(front.size());
  return front;
}

/// Fills up `header`; true: it is complete.
bool fill(std::array<char, frame_header_size>& header, std::size_t& filled,
          std::span<const char>& bytes) {
  const auto part = take_front(bytes, frame_header_size - filled);
  std::ranges::copy(part, header.begin() + static_cast<std::ptrdiff_t>(filled));
  filled += part.size();
  if (filled < frame_header_size) return false;
  filled = 0;
  return true;
}

std::string too_long(std::uint32_t announced, std::uint32_t limit) {
  return "announced " + std::to_string(announced) + " bytes; " + std::to_string(limit) +
         " are the limit";
}

std::string not_our_protocol() { return "does not speak the protocol of a Sluice client"; }

}  // namespace

frame_header read_frame_header(std::span<const char, frame_header_size> bytes) {
  const auto number = [&](std::size_t begin, std::size_t size) {
    std::uint64_t n = 0;
    for (const auto byte : bytes.subspan(begin, size))
      n = n << 8 | static_cast<unsigned char>(byte);
    return n;
  };
  frame_header result;
  result.kind = static_cast<std::uint8_t>(number(0, 1));
  result.padded_with_zeros = number(1, 2) == 0;
  constexpr std::uint64_t named_receiver_flag = 1;
  result.named = (number(3, 1) & named_receiver_flag) != 0;
  result.payload = static_cast<std::uint32_t>(number(4, 4));
  result.operation = number(8, 8);
  result.source = number(16, 8);
  result.receiver = number(24, 8);
  return result;
}

bool is_greeting(const frame_header& header, const frame_limits& limits) {
  return header.is(frame_kind::server_handshake) && header.padded_with_zeros &&
         header.payload > 0 && header.payload <= limits.handshake;
}

bool frame_guard::willing() const {
  if (!rules_) return true;
  if (!kept_) return asked_.size() < rules_->most_asked;
  return kept_->turn->has_turn() && !waits_for_answer();
}

bool frame_guard::waits_for_answer() const {
  return kept_->holds_up() && std::ranges::any_of(asked_, &request::holds_up);
}

void frame_guard::keep(answer_kind answered) {
  kept_.emplace(request{header_.source, header_.operation & request_number, answered,
                        std::make_unique<turns::ticket>(turns_->of(answered), whose_)});
  queue();
}

void frame_guard::let_go_of_slow(clock::time_point now) {
  if (answer_filled_ > 0 || answer_left_ > 0) return;
  for (auto& r : asked_)
    if (r.turn && now >= r.slow_at) r.turn.reset();
  queue();
}

frame_guard::clock::time_point frame_guard::slow_at() const {
  auto first = clock::time_point::max();
  if (answer_filled_ > 0 || answer_left_ > 0) return first;
  for (const auto& r : asked_)
    if (r.turn) first = std::min(first, r.slow_at);
  return first;
}

void frame_guard::queue() {
  if (kept_ && !waits_for_answer()) kept_->turn->want();
}

frame_guard::verdict frame_guard::filter(std::span<const char>& bytes, std::vector<char>& passed,
                                         clock::time_point now) {
  while (willing()) {
    if (kept_) {
      kept_->slow_at = now + (kept_->answered == answer_kind::list ? list_is_slow : is_slow);
      asked_.push_back(*std::exchange(kept_, std::nullopt));
      release(passed);
      finish_frame();
      continue;
    }
    if (at_header_) {
      if (!fill(header_bytes_, header_filled_, bytes)) break;
      header_ = read_frame_header(header_bytes_);
      at_header_ = false;
      payload_left_ = header_.payload;
      if (auto wrong = judge_header()) return wrong;
      if (auto wrong = rules_ ? judge_of_client(now) : judge_of_node()) return wrong;
      if (fate_ == fate::drop && ++kept_back_ > most_kept_back)
        return "keeps sending what is for nobody";
    }
    if (fate_ == fate::hold || fate_ == fate::peek) {
      const auto part = take_front(bytes, to_hold_);
      held_.insert(held_.end(), part.begin(), part.end());
      to_hold_ -= static_cast<std::uint32_t>(part.size());
      payload_left_ -= static_cast<std::uint32_t>(part.size());
      if (to_hold_ > 0) break;
      if (auto wrong = judge_payload()) return wrong;
      if (kept_ || fate_ == fate::hold) continue;
      if (fate_ == fate::pass) release(passed);
    }
    const auto part = take_front(bytes, payload_left_);
    if (fate_ == fate::pass) passed.insert(passed.end(), part.begin(), part.end());
    payload_left_ -= static_cast<std::uint32_t>(part.size());
    if (payload_left_ > 0) break;
    finish_frame();
  }
  return std::nullopt;
}

frame_guard::verdict frame_guard::judge_header() {
  const bool handshake = header_.is(frame_kind::client_handshake);
  const bool known = header_.kind <= static_cast<std::uint8_t>(frame_kind::heartbeat) &&
                     !header_.is(frame_kind::server_handshake);
  if (!header_.padded_with_zeros || !known || !(handshake || greeted())) return not_our_protocol();
  const auto limit = handshake ? limits_.handshake : rules_ ? limits_.request : limits_.message;
  if (header_.payload > limit) return too_long(header_.payload, limit);
  if (handshake && greetings_ >= most_greetings) return "introduces itself once more";
  if (header_.is(frame_kind::heartbeat) && header_.payload > 0) return not_our_protocol();
  fate_ = fate::hold;
  to_hold_ = header_.payload;
  return std::nullopt;
}

frame_guard::verdict frame_guard::judge_of_node() {
  if (header_.is(frame_kind::direct_message) || header_.is(frame_kind::routed_message)) {
    fate_ = fate::peek;
    to_hold_ = std::min<std::uint32_t>(header_.payload, node_message_head);
  } else if (header_.payload > longest_error) {
    return too_long(header_.payload, longest_error);
  }
  return std::nullopt;
}

frame_guard::verdict frame_guard::judge_of_client(clock::time_point now) {
  const bool reaches = !header_.named && contains(rules_->receivers, header_.receiver);
  const auto keep_back_unless = [this](bool may_pass) {
    if (may_pass) return;
    fate_ = fate::drop;
    to_hold_ = 0;
  };
  switch (static_cast<frame_kind>(header_.kind)) {
    case frame_kind::direct_message:
      // CAF's helper actors provoke messages to other receivers when they ask a client for its
      // identity.
      keep_back_unless(reaches);
      return reaches ? judge_request() : std::nullopt;
    case frame_kind::monitor_message:
      keep_back_unless(reaches && monitored_ < most_monitored);
      break;
    case frame_kind::down_message:
      keep_back_unless(contains(sources_, header_.source));
      break;
    case frame_kind::heartbeat:
      keep_back_unless(now - beat_at_ >= between_heartbeats);
      if (fate_ == fate::hold) beat_at_ = now;
      break;
    case frame_kind::routed_message:  // to a third node
      keep_back_unless(false);
      break;
    case frame_kind::client_handshake:
    case frame_kind::server_handshake:
      break;
  }
  return std::nullopt;
}

frame_guard::verdict frame_guard::judge_request() {
  // A request without a sender would get no answer, and so would never be counted as answered.
  const bool is_request = (header_.operation & (response_flag | stream_flag)) == 0 &&
                          (header_.operation & request_number) != 0 && header_.source != 0;
  if (!is_request) return "sends what is no request";
  if (!contains(sources_, header_.source)) {
    if (sources_.size() >= rules_->most_sources) return "asks through too many actors";
    sources_.push_back(header_.source);
  }
  return std::nullopt;
}

frame_guard::verdict frame_guard::judge_payload() {
  const bool whole = fate_ == fate::hold;
  fate_ = fate::pass;
  switch (static_cast<frame_kind>(header_.kind)) {
    case frame_kind::client_handshake:
      return judge_handshake();
    case frame_kind::monitor_message:
      ++monitored_;
      if (!is_monitoring(held_)) return not_our_protocol();
      break;
    case frame_kind::down_message:
      if (!is_ending(held_)) return not_our_protocol();
      std::erase(sources_, header_.source);
      break;
    case frame_kind::direct_message:
      if (rules_) {
        const auto* const form = find_form(held_, rules_->requests);
        if (form == nullptr) return "sends what is no request of a Sluice command";
        keep(form->answered);
        break;
      }
      [[fallthrough]];
    case frame_kind::routed_message: {
      const bool routed = header_.is(frame_kind::routed_message);
      const auto found = whole ? nesting::inside : nesting_of(held_, routed);
      if (found == nesting::unfit) return "sends what no node sends";
      if (found == nesting::flat) break;
      if (header_.payload > longest_error) return too_long(header_.payload, longest_error);
      if (!whole) {
        fate_ = fate::hold;
        to_hold_ = payload_left_;
      } else if (!holds_only_errors(held_, routed)) {
        return "sends what no node sends";
      }
      break;
    }
    case frame_kind::heartbeat:
    case frame_kind::server_handshake:
      break;
  }
  return std::nullopt;
}

frame_guard::verdict frame_guard::judge_handshake() {
  if (!is_identity(held_)) return not_our_protocol();
  if (greetings_++ == 0) {
    identity_ = held_;
  } else if (held_ != identity_) {
    return "introduces itself as another one";
  } else if (rules_) {
    fate_ = fate::drop;  // a client has no other connection
  }
  return std::nullopt;
}

void frame_guard::release(std::vector<char>& passed) {
  passed.insert(passed.end(), header_bytes_.begin(), header_bytes_.end());
  passed.insert(passed.end(), held_.begin(), held_.end());
}

void frame_guard::finish_frame() {
  held_.clear();
  at_header_ = true;
}

void frame_guard::note_answers(std::span<const char> bytes) {
  if (!rules_) return;
  while (!bytes.empty()) {
    if (answer_left_ == 0) {
      if (!fill(answer_bytes_, answer_filled_, bytes)) return;
      answer_ = read_frame_header(answer_bytes_);
      answer_left_ = answer_.payload;
    }
    answer_left_ -= static_cast<std::uint32_t>(take_front(bytes, answer_left_).size());
    if (answer_left_ > 0) return;
    const bool is_answer =
        answer_.is(frame_kind::direct_message) && (answer_.operation & response_flag) != 0;
    if (!is_answer) continue;
    const auto found = std::ranges::find_if(asked_, [this](const request& r) {
      return r.source == answer_.receiver && r.number == (answer_.operation & request_number);
    });
    if (found == asked_.end()) continue;
    asked_.erase(found);
    queue();
  }
}

}  // namespace sluice::net
