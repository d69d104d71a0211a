// Distributes deltas to writers and batches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "messages/batch.hpp"
#include "messages/names.hpp"

namespace sluice::diff {

/// How deltas are gathered; see config::delivery_config.
struct routing {
  std::size_t writers = 1;
  row_count batch_rows{1000};  ///< a batch with so many deltas is complete
  /// So is one with so many bytes: bounds memory for wide rows.
  byte_count batch_bytes{4u << 20};
  row_count most{};  ///< the router takes so many deltas; 0: any number
};

/// Gathers deltas into batches per writer. A key always goes to the same writer, so that changes of
/// one row stay in order. A batch is counted when it is taken, never before, so a batch that was
/// not taken when a pass is cancelled is not counted. One thread only.
class router {
 public:
  /// REQUIRES: at least one writer and one row per batch.
  explicit router(routing how);

  /// REQUIRES: !full().
  void add(operation op, const hash128& key_hash, const hash128& fingerprint, std::string_view key,
           std::string_view row, const hash128& delivery = {});
  /// It has taken as many deltas as it may.
  [[nodiscard]] bool full() const { return how_.most > row_count{} && added_ >= how_.most; }
  /// How many more deltas it takes, `most` at the most.
  [[nodiscard]] std::size_t room(std::size_t most) const;
  /// Completes partial batches, at the end of the rows and at the end of the deletes.
  void complete_all();

  /// Complete batches that were not taken. A reader with such batches reads no further until it has
  /// the credit to send them, which bounds the memory.
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] std::size_t waiting(std::size_t writer) const;
  /// The oldest complete batch for the writer, now counted as handed over.
  std::optional<batch> take(std::size_t writer);

  /// Deltas that were taken, by operation and by writer.
  [[nodiscard]] std::uint64_t taken(operation op) const;
  [[nodiscard]] const std::vector<std::uint64_t>& taken_by_writer() const { return by_writer_; }

 private:
  using op_counts = std::array<std::uint64_t, 3>;  ///< by `operation`
  struct gathering {
    batch deltas;
    op_counts counts{};
  };
  struct lane {
    gathering open;
    std::deque<gathering> complete;
    std::uint64_t last_number = 0;  ///< of the open batch
  };

  void complete(lane& to);

  routing how_;
  std::vector<lane> lanes_;
  std::size_t waiting_ = 0;
  row_count added_{};
  op_counts taken_{};
  std::vector<std::uint64_t> by_writer_;
};

}  // namespace sluice::diff
