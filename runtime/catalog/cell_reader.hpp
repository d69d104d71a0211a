// Typed values from the cells of a row, one after the other.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "messages/error.hpp"
#include "messages/hash128.hpp"
#include "messages/run.hpp"
#include "runtime/catalog/database.hpp"

namespace sluice::catalog {

/// Reads a row from its first cell on. Every function takes the next cell, and throws `failure`
/// (catalog_failed) naming the column if it holds a value that Sluice does not write: then another
/// program has changed it. Row and names must outlive the reader.
class cell_reader {
 public:
  cell_reader(const sql_row& row, std::span<const std::string_view> names)
      : row_(row), names_(names) {}

  std::string text();
  std::optional<std::string> optional_text();
  template <class Name>
  Name name() {
    return Name(text());
  }
  template <class Name>
  std::optional<Name> optional_name() {
    auto x = optional_text();
    return x ? std::optional<Name>(std::move(*x)) : std::nullopt;
  }
  std::uint64_t count();
  std::optional<std::uint64_t> optional_count();
  std::optional<std::int64_t> optional_number();
  timestamp time();
  std::optional<timestamp> optional_time();
  std::optional<hash128> optional_hash();
  /// Written as hexadecimal digits.
  std::optional<std::string> optional_bytes();
  bool truth() { return count() != 0; }
  template <class Enum>
  Enum word() {
    const auto x = parse<Enum>(text());
    if (!x) refuse("an unknown word");
    return *x;
  }
  /// Whether the next cell is NULL; does not take it.
  [[nodiscard]] bool next_is_null() const { return !row_[next_]; }
  /// Throws about the cell that was read last.
  [[noreturn]] void refuse(const char* what) const;

 private:
  std::int64_t number();

  const sql_row& row_;
  std::span<const std::string_view> names_;
  std::size_t next_ = 0;
};

}  // namespace sluice::catalog
