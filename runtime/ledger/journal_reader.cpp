#include "runtime/ledger/journal_reader.hpp"

#include <algorithm>

#include "runtime/ledger/errors.hpp"

namespace sluice::ledger {
namespace {

/// The smallest unit that a disk writes as a whole or not at all.
constexpr std::uint64_t sector_bytes = 512;

journal_header checked_header(const mapping& mapped, const std::filesystem::path& path) {
  if (mapped.size() < sizeof(journal_header))
    fail_corrupt(path, mapped.size(), "the file ends in its header");
  const auto header = load<journal_header>(mapped.data());
  if (header.magic != journal_magic) fail_corrupt(path, 0, "not a journal of a ledger");
  if (header.header_checksum != checksum_of(header)) fail_corrupt(path, 0, "bad header checksum");
  if (header.version != journal_version)
    fail_format(path, "its format has version " + std::to_string(header.version) +
                          ", and this program knows " + std::to_string(journal_version));
  return header;
}

std::uint64_t frame_end(std::uint64_t at, const frame_header& header) {
  return at + sizeof(frame_header) + header.payload_bytes + frame_trailer_bytes;
}

}  // namespace

journal_reader::journal_reader(const file& from)
    : path_(from.path()),
      mapped_(from.map()),
      header_(checked_header(mapped_, path_)),
      at_(sizeof(journal_header)),
      expected_(header_.first_sequence) {}

std::optional<frame_header> journal_reader::header_at(std::uint64_t at) const {
  if (mapped_.size() - at < sizeof(frame_header)) return std::nullopt;
  const auto header = load<frame_header>(mapped_.data() + at);
  if (header.magic != frame_magic ||
      header.header_checksum != header_checksum(header, header_.number))
    return std::nullopt;
  return header;
}

std::optional<frame> journal_reader::next() {
  if (at_ == mapped_.size()) return std::nullopt;
  const auto header = header_at(at_);
  if (!header || frame_end(at_, *header) > mapped_.size()) {
    require_torn();
    return std::nullopt;
  }
  const auto end = frame_end(at_, *header);
  const auto covered = mapped_.bytes().substr(at_, end - frame_trailer_bytes - at_);
  if (load<std::uint64_t>(mapped_.data() + end - frame_trailer_bytes) !=
      checksum(covered, header_.number)) {
    require_torn();
    return std::nullopt;
  }
  if (header->sequence != expected_)
    fail_corrupt(path_, at_,
                 "frame " + std::to_string(header->sequence) + " where " +
                     std::to_string(expected_) + " belongs");
  frame read{*header, at_ + sizeof(frame_header), covered.substr(sizeof(frame_header))};
  at_ = end;
  ++expected_;
  return read;
}

/// The bytes at `at_` are no good frame. That is the torn tail of the last write if no frame behind
/// them was written after they were durable, and if they look like a write that was cut short: the
/// file ends within the frame, or a sector of it was never written and reads as zeros. Anything
/// else is damage to a record that was promised to be durable.
void journal_reader::require_torn() const {
  for (auto at = at_ + frame_alignment; at + sizeof(frame_header) <= mapped_.size();
       at += frame_alignment) {
    const auto later = header_at(at);
    if (later && later->group > expected_)
      fail_corrupt(path_, at_, "a damaged frame before good ones");
  }
  const auto header = header_at(at_);
  if (!header) {
    const auto end = at_ + sizeof(frame_header);
    if (end > mapped_.size() || unwritten_sector_in(at_, end)) return;
    fail_corrupt(path_, at_, "a damaged frame header");
  }
  const auto end = frame_end(at_, *header);
  // Sectors that the good header shares were written with it.
  const auto begin = round_up(at_ + sizeof(frame_header), sector_bytes);
  if (end > mapped_.size() || unwritten_sector_in(begin, end)) return;
  fail_corrupt(path_, at_, "a damaged frame");
}

bool journal_reader::unwritten_sector_in(std::uint64_t begin, std::uint64_t end) const {
  while (begin < end) {
    const auto sector_end = std::min(end, begin / sector_bytes * sector_bytes + sector_bytes);
    const auto part = mapped_.bytes().substr(begin, sector_end - begin);
    if (part.find_first_not_of('\0') == std::string_view::npos) return true;
    begin = sector_end;
  }
  return false;
}

}  // namespace sluice::ledger
