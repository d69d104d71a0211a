// The frames of a journal and the bytes they are made of. Said in words in FORMAT.md.
//
//   header (32 bytes) | payload, padded with zeros to 8 bytes | checksum of both (8 bytes)
//
// Frames begin at multiples of 8, and no 8-byte word of a header or a checksum is zero: a sector
// that power loss left unwritten reads as zeros, which distinguishes it from damage.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/ledger/bytes.hpp"

namespace sluice::ledger {

/// The numbers are part of the format.
enum class frame_type : std::uint32_t {
  intent = 1,   ///< these deltas are about to be sent
  outcome = 2,  ///< the fates of the deltas of one intent
  epoch = 3,    ///< a new epoch is current
  /// The process that recorded the open intents has died: their outcomes are unknown.
  abandon = 4,
  named_intent = 5,  ///< an intent whose deliveries have names
  /// An outcome with what the destination answered about rows, to be kept with their keys.
  remembering_outcome = 6,
};

struct frame_header {
  std::uint32_t magic = 0;
  std::uint32_t payload_bytes = 0;  ///< a multiple of 8
  std::uint64_t sequence = 0;       ///< counts frames through all journals of a ledger, from 1
  /// Sequence of the first frame of its write: all before it were durable.
  std::uint64_t group = 0;
  frame_type type = frame_type::intent;
  std::uint32_t header_checksum = 0;  ///< of the fields before, seeded with the journal's number
};
static_assert(sizeof(frame_header) == 32);

inline constexpr std::uint32_t frame_magic = 0x46554c53;  // "SLUF"
inline constexpr std::size_t frame_alignment = 8;
inline constexpr std::size_t frame_trailer_bytes = 8;

/// The low half of the checksum of all fields but the last.
[[nodiscard]] std::uint32_t header_checksum(const frame_header& header, std::uint64_t seed);

/// Appends one frame to `out`. `header` gives sequence, group and type; the rest is filled in here.
/// REQUIRES: `payload` comes from one of the functions below.
void append_frame(std::string& out, frame_header header, std::uint64_t seed,
                  std::string_view payload);

/// The frame type of an intent to deliver `deltas`.
[[nodiscard]] frame_type intent_type(const batch& deltas);

/// The frame type of an outcome with so much to remember.
[[nodiscard]] frame_type outcome_type(std::span<const row_answer> remembered);

/// Payloads. A batch whose keys exceed 4 GiB throws `failure` (internal).
[[nodiscard]] std::string encode_intent(const batch& deltas);
[[nodiscard]] std::string encode_outcome(std::uint64_t intent, std::span<const fate> fates,
                                         std::span<const row_answer> remembered = {});
[[nodiscard]] std::string encode_epoch(std::uint32_t epoch);

/// One delta of an intent as the journal keeps it.
struct intent_row {
  hash128 key;
  hash128 fingerprint;
  operation op = operation::insert;
  /// Of the packed key's size (4 bytes, its bytes follow) in the journal.
  std::uint64_t key_at = 0;
  hash128 delivery = {};  ///< its name; zero if it has none
};

/// Where the journal holds what is to be remembered for one row of an outcome.
struct remembered_place {
  std::uint32_t index = 0;    ///< of the row
  std::uint64_t text_at = 0;  ///< of the text's size (4 bytes, its bytes follow) in the journal
};

struct outcome_record {
  std::uint64_t intent = 0;
  std::vector<fate> fates;
  std::vector<remembered_place> remembered;  ///< ascending by index
};

/// Read payloads; `payload_at` is the payload's offset in the journal. Throw std::out_of_range for
/// bytes that the encoder cannot have written: a defect, since the checksum was right.
[[nodiscard]] std::vector<intent_row> decode_intent(frame_type type, std::string_view payload,
                                                    std::uint64_t payload_at);
[[nodiscard]] outcome_record decode_outcome(frame_type type, std::string_view payload,
                                            std::uint64_t payload_at);
[[nodiscard]] std::uint32_t decode_epoch(std::string_view payload);

}  // namespace sluice::ledger
