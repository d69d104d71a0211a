// Some rows of a pass, packed and hashed, between reader and differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/hash128.hpp"
#include "messages/row.hpp"
#include "runtime/diff/fingerprint.hpp"
#include "runtime/diff/row_identity.hpp"
#include "runtime/mapping/row_plan.hpp"

namespace sluice::diff {

/// How a row's key can be used.
enum class key_use : std::uint8_t {
  usable,      ///< it identifies the row
  null,        ///< it holds a NULL: it cannot be the key of any row that was ever delivered
  unreadable,  ///< the source could not represent it: it may be the key of any row
};

/// One row of a block; valid until the block is cleared or destroyed.
struct row_view {
  std::string_view key;       ///< packed; empty if unreadable
  std::string_view identity;  ///< the row that the key identifies; see row_identity
  std::string_view row;       ///< packed; empty if the row is invalid
  hash128 key_hash;           ///< of the identity; meaningless unless the key is usable
  hash128 fingerprint;        ///< meaningless if the row is invalid
  key_use state = key_use::usable;
  std::string_view invalid_reason;  ///< empty for a valid row
};

/// When a block is full, and when a row is too large to be sent at all.
struct block_limits {
  std::size_t rows = 512;              ///< enough to overlap the ledger's page touches
  std::size_t bytes = 4u << 20;        ///< keeps blocks of wide rows small
  std::size_t row_bytes = 256u << 20;  ///< a larger row is invalid
};

/// One arena holds all bytes; nothing is allocated per row once it has grown. One thread only.
class row_block {
 public:
  explicit row_block(block_limits limits = {}, hash_function hash = fingerprint);

  /// Identifies rows by `rule` from now on. REQUIRES: the block is empty.
  void identify_by(identity_rule rule);

  /// Adds a row of `values` of plan.wanted(). The row is invalid if its key holds a NULL, a value
  /// cannot be cast or the row is too large.
  void add(mapping::row_plan& plan, std::span<const value_view> values);

  /// Adds a row that the source could not represent. `unreadable`: positions in `values` of the
  /// unreadable cells; if no key column is among them, the key is usable.
  void add_unreadable(mapping::row_plan& plan, std::span<const value_view> values,
                      std::span<const std::size_t> unreadable, std::string_view reason);

  /// Adds a row that the source could not represent and about which nothing else is known.
  void add_unreadable(std::string_view reason);

  [[nodiscard]] bool full() const;
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] row_view operator[](std::size_t i) const;
  /// The hashes of all keys, by position; zero where the key is not usable.
  [[nodiscard]] std::span<const hash128> key_hashes() const { return key_hashes_; }

  /// Forgets the rows and keeps the memory, unless giant rows have enlarged it.
  void clear();

 private:
  struct slot {
    std::size_t begin = 0;  ///< in the arena: key, identity, row, reason
    std::size_t key_size = 0;
    std::size_t identity_size = 0;  ///< 0 where the key itself is the identity
    std::size_t row_size = 0;
    std::size_t reason_size = 0;
    hash128 key_hash;
    hash128 fingerprint;
    key_use state = key_use::usable;
  };

  void add_key(mapping::row_plan& plan, std::span<const value_view> values, slot& s);
  void add_reason(std::string_view reason, slot& s);
  void add_slot(const slot& s);
  [[nodiscard]] std::string_view bytes(std::size_t begin, std::size_t size) const;

  block_limits limits_;
  hash_function hash_;
  row_identity identity_;
  std::string arena_;
  std::vector<slot> slots_;
  std::vector<hash128> key_hashes_;
};

}  // namespace sluice::diff
