// Reads a journal from front to back and decides where it ends: at the last good frame if the bytes
// behind it were never made durable. A damaged frame that was durable is an error, not the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "runtime/ledger/file.hpp"
#include "runtime/ledger/frame.hpp"
#include "runtime/ledger/journal_format.hpp"

namespace sluice::ledger {

struct frame {
  frame_header header;
  std::uint64_t payload_at = 0;  ///< in the journal
  std::string_view payload;      ///< valid as long as the reader
};

/// Throws `failure` (ledger_corrupt) for damage. One thread.
class journal_reader {
 public:
  /// Maps `from` as it is now and checks its header.
  explicit journal_reader(const file& from);

  [[nodiscard]] const journal_header& header() const { return header_; }
  /// The next good frame; nothing at the end. Once it returned nothing, `end` is final.
  std::optional<frame> next();
  /// Where the good frames read so far end, and the next is to be written.
  [[nodiscard]] std::uint64_t end() const { return at_; }
  /// Bytes behind `end` that a torn write left.
  [[nodiscard]] bool torn() const { return at_ < mapped_.size(); }
  [[nodiscard]] std::uint64_t next_sequence() const { return expected_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  [[nodiscard]] std::optional<frame_header> header_at(std::uint64_t at) const;
  void require_torn() const;
  [[nodiscard]] bool unwritten_sector_in(std::uint64_t begin, std::uint64_t end) const;

  std::filesystem::path path_;
  mapping mapped_;
  journal_header header_;
  std::uint64_t at_;
  std::uint64_t expected_;  ///< sequence of the next frame
};

}  // namespace sluice::ledger
