#include "runtime/ledger/frame.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>

#include "messages/delivery_name.hpp"
#include "messages/expect.hpp"

namespace sluice::ledger {
namespace {

/// Before each packed key of an intent.
struct stored_delta {
  hash128 key;
  hash128 fingerprint;
  std::uint32_t op = 0;
  std::uint32_t key_bytes = 0;  ///< the packed key follows at once, padded with zeros to 8 bytes
};
static_assert(sizeof(stored_delta) == 40);

/// Beside the operation: the name of the delivery follows the key. In a named intent, a delta
/// without it has the name that the intent's run gives to the delta.
constexpr std::uint32_t has_own_name = 1u << 8;

/// Begins an outcome; a byte per fate follows.
struct stored_outcome {
  std::uint64_t intent = 0;
  std::uint64_t rows = 0;
};

/// Before each text of an outcome that has some.
struct stored_text {
  std::uint32_t index_plus_one = 0;  ///< of the row
  std::uint32_t bytes = 0;           ///< the text follows at once, padded with zeros to 8 bytes
};
static_assert(sizeof(stored_text) == 8);

void pad(std::string& payload) { payload.resize(round_up(payload.size(), frame_alignment), '\0'); }

/// Takes fixed-size pieces and byte strings off the front of a payload.
class payload_reader {
 public:
  explicit payload_reader(std::string_view payload) : payload_(payload) {}

  template <class T>
  T take() {
    return load<T>(take(sizeof(T)).data());
  }
  std::string_view take(std::size_t size) {
    if (size > payload_.size() - at_) throw std::out_of_range("payload ends early");
    at_ += size;
    return payload_.substr(at_ - size, size);
  }
  void align() { at_ = round_up(at_, frame_alignment); }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  std::string_view payload_;
  std::size_t at_ = 0;
};

}  // namespace

std::uint32_t header_checksum(const frame_header& header, std::uint64_t seed) {
  const auto covered = bytes_of(header).substr(0, offsetof(frame_header, header_checksum));
  return static_cast<std::uint32_t>(checksum(covered, seed));
}

void append_frame(std::string& out, frame_header header, std::uint64_t seed,
                  std::string_view payload) {
  expect(payload.size() % frame_alignment == 0 &&
             payload.size() <= std::numeric_limits<std::uint32_t>::max(),
         "record in ledger", "whole words, of less than 4 GiB");
  expect(header.group > 0 && header.group <= header.sequence, "record in ledger",
         "a number, and that of its write not behind it");
  const auto begin = out.size();
  header.magic = frame_magic;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.header_checksum = header_checksum(header, seed);
  append(out, header);
  out.append(payload);
  append(out, checksum(std::string_view(out).substr(begin), seed));
}

frame_type intent_type(const batch& deltas) {
  for (std::size_t i = 0; i < deltas.size(); ++i)
    if (deltas[i].delivery != hash128{}) return frame_type::named_intent;
  return frame_type::intent;
}

frame_type outcome_type(std::span<const row_answer> remembered) {
  return remembered.empty() ? frame_type::outcome : frame_type::remembering_outcome;
}

std::string encode_intent(const batch& deltas) {
  const bool named = intent_type(deltas) == frame_type::named_intent;
  // The run of nearly all rows; repeated rows have the name of an earlier run.
  const auto run = named ? deltas[deltas.size() - 1].delivery.high : 0;
  std::string payload;
  payload.reserve(8 + deltas.size() * sizeof(stored_delta) + deltas.bytes());
  if (named) append(payload, run);
  append(payload, static_cast<std::uint64_t>(deltas.size()));
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    const auto delta = deltas[i];
    const bool own = named && delta.delivery != delivery_name(run, delta.op, delta.fingerprint);
    append(payload, stored_delta{delta.key_hash, delta.fingerprint,
                                 static_cast<std::uint32_t>(delta.op) | (own ? has_own_name : 0u),
                                 static_cast<std::uint32_t>(delta.key.size())});
    payload.append(delta.key);
    pad(payload);
    if (own) append(payload, delta.delivery);
  }
  expect(payload.size() <= std::numeric_limits<std::uint32_t>::max(), "record in ledger",
         "a batch with less than 4 GiB of keys");
  return payload;
}

std::string encode_outcome(std::uint64_t intent, std::span<const fate> fates,
                           std::span<const row_answer> remembered) {
  std::string payload;
  append(payload, stored_outcome{intent, fates.size()});
  // Plus one: a long run of `delivered` must not look like an unwritten sector.
  for (const auto each : fates) payload.push_back(static_cast<char>(static_cast<int>(each) + 1));
  pad(payload);
  if (remembered.empty()) return payload;
  append(payload, static_cast<std::uint64_t>(remembered.size()));
  for (const auto& each : remembered) {
    append(payload, stored_text{each.index + 1, static_cast<std::uint32_t>(each.text.size())});
    payload.append(each.text);
    pad(payload);
  }
  expect(payload.size() <= std::numeric_limits<std::uint32_t>::max(), "record in ledger",
         "a batch with less than 4 GiB to remember");
  return payload;
}

std::string encode_epoch(std::uint32_t epoch) {
  std::string payload;
  append(payload, std::uint64_t{epoch});
  return payload;
}

std::vector<intent_row> decode_intent(frame_type type, std::string_view payload,
                                      std::uint64_t payload_at) {
  payload_reader in(payload);
  const bool named = type == frame_type::named_intent;
  const auto run = named ? in.take<std::uint64_t>() : 0;
  const auto count = in.take<std::uint64_t>();
  std::vector<intent_row> rows;
  rows.reserve(std::min<std::uint64_t>(count, payload.size() / sizeof(stored_delta)));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto key_at = payload_at + in.at() + offsetof(stored_delta, key_bytes);
    const auto stored = in.take<stored_delta>();
    in.take(stored.key_bytes);
    in.align();
    const auto op = stored.op & ~(named ? has_own_name : 0u);
    if (op > static_cast<std::uint32_t>(operation::erase))
      throw std::out_of_range("unknown operation");
    rows.push_back({stored.key, stored.fingerprint, static_cast<operation>(op), key_at});
    if (op != stored.op)
      rows.back().delivery = in.take<hash128>();
    else if (named)
      rows.back().delivery = delivery_name(run, rows.back().op, stored.fingerprint);
  }
  return rows;
}

outcome_record decode_outcome(frame_type type, std::string_view payload, std::uint64_t payload_at) {
  payload_reader in(payload);
  const auto stored = in.take<stored_outcome>();
  outcome_record record{stored.intent, {}, {}};
  for (const auto each : in.take(stored.rows)) {
    if (each < 1 || each > 4) throw std::out_of_range("unknown fate");
    record.fates.push_back(static_cast<fate>(each - 1));
  }
  if (type != frame_type::remembering_outcome) return record;
  in.align();
  for (auto left = in.take<std::uint64_t>(); left > 0; --left) {
    const auto text_at = payload_at + in.at() + offsetof(stored_text, bytes);
    const auto text = in.take<stored_text>();
    if (text.index_plus_one < 1 || text.index_plus_one > stored.rows)
      throw std::out_of_range("something to remember for no row");
    in.take(text.bytes);
    in.align();
    record.remembered.push_back({text.index_plus_one - 1, text_at});
  }
  return record;
}

std::uint32_t decode_epoch(std::string_view payload) {
  return static_cast<std::uint32_t>(payload_reader(payload).take<std::uint64_t>());
}

}  // namespace sluice::ledger
