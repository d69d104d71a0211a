// Deltas on their way from the reader to a writer, and what became of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/delta.hpp"
#include "messages/error.hpp"
#include "messages/row_schema.hpp"
#include "messages/timestamp.hpp"

namespace sluice {

/// Deltas for one writer, in the order in which they must be applied; a key occurs at most once.
/// One arena holds all bytes, so that a batch moves between threads without copying rows.
class batch {
 public:
  batch() = default;
  explicit batch(std::uint64_t number) : number_(number) {}

  /// Copies key and row into the arena. REQUIRES: less than 4 GiB in total.
  void append(operation op, const hash128& key_hash, const hash128& fingerprint,
              std::string_view key, std::string_view row, const hash128& delivery = {});

  /// Puts beside a delta what is remembered for its key (delta_view::remembered), in place of what
  /// was there. REQUIRES: a delta at `i`; less than 4 GiB in total.
  void remember(std::size_t i, std::string_view text);

  /// Copies the deltas of `more` behind those of this batch.
  void append(const batch& more);

  /// Position of this batch in its writer's sequence, from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::size_t size() const { return deltas_.size(); }
  [[nodiscard]] bool empty() const { return deltas_.empty(); }
  /// Bytes of all keys and rows, and of what is remembered.
  [[nodiscard]] std::size_t bytes() const { return arena_.size(); }
  [[nodiscard]] delta_view operator[](std::size_t i) const;

  /// For CAF and for tests; the fields are not otherwise exposed.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, batch& x) {
    return f(x.number_, x.deltas_, x.arena_);
  }

 private:
  struct slot {
    operation op = operation::insert;
    hash128 key_hash;
    hash128 fingerprint;
    hash128 delivery;
    std::uint32_t begin = 0;  ///< of the key; the row follows it
    std::uint32_t key_size = 0;
    std::uint32_t row_size = 0;
    std::uint32_t remembered_begin = 0;
    std::uint32_t remembered_size = 0;

    template <class Inspector>
    friend typename Inspector::result_type inspect(Inspector& f, slot& x) {
      return f(x.op, x.key_hash.high, x.key_hash.low, x.fingerprint.high, x.fingerprint.low,
               x.delivery.high, x.delivery.low, x.begin, x.key_size, x.row_size, x.remembered_begin,
               x.remembered_size);
    }
  };

  std::uint64_t number_ = 0;
  std::vector<slot> deltas_;
  std::string arena_;
};

/// What became of one delta. The numbers are part of the ledger's format.
enum class fate : std::uint8_t {
  delivered = 0,    ///< the destination confirmed it durably
  rejected = 1,     ///< the destination refused this row for good
  undelivered = 2,  ///< certainly not applied
  unknown = 3,      ///< may have been applied: the key stays in doubt
};

/// Why a delta was rejected. `index` is its position in the batch.
struct rejection {
  std::uint32_t index = 0;
  std::string reason;
  int status = 0;  ///< the destination's own code, such as an HTTP status; 0 if there is none
  /// Other rows may be the reason: the row may fit once those are there, have changed or are gone.
  bool again = false;
  /// The row failed, but nothing has shown yet whether the row or the destination is at fault: the
  /// row is to be tried again after all others. The fate of the row is not `rejected`.
  bool unproven = false;

  bool operator==(const rejection&) const = default;
};

/// What the destination answered about a row. `index` is its position in the batch.
struct row_answer {
  std::uint32_t index = 0;
  std::string text;  ///< not empty

  bool operator==(const row_answer&) const = default;
};

/// The fate of every delta of one batch, by position.
struct batch_outcome {
  std::vector<fate> fates;
  /// One for each `rejected`, ascending by index. One may also belong to a row that is `unknown`:
  /// the destination refused the row in the end, but may have applied an earlier attempt. Such a
  /// row is listed and counted as rejected, and its key stays in doubt.
  std::vector<rejection> rejections;
  /// Why rows are `undelivered` or `unknown`, where the destination as a whole failed.
  error failed;
  /// When the destination wants to be asked again, if it failed by asking for a longer wait than a
  /// run may last.
  std::optional<timestamp> ask_again_at = std::nullopt;
  /// To be kept with the rows' keys: ids that later deltas of the keys need, or rows of other
  /// connections. Names and values in turns, packed: see row_reader. At most one for each
  /// `delivered` insert or update, ascending by index. A row without one keeps what was remembered
  /// before.
  std::vector<row_answer> remembered = {};
  /// For people, where delivery_context::tells_answers asks for it: secrets masked. At most one for
  /// each row, ascending by index.
  std::vector<row_answer> answers = {};

  bool operator==(const batch_outcome&) const = default;
};

}  // namespace sluice
