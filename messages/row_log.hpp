// What is asked of the row log of a run, and a page of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// Which lines of a row log. All conditions hold together.
struct row_log_query {
  std::string run = {};
  std::string outcome = {};  ///< `delivered`, `rejected` and so on; empty: any
  std::string text = {};     ///< part of the line, as it is written; empty: any
  std::uint32_t limit = 0;   ///< `most_rows_listed` at the most
  std::string cursor = {};   ///< `row_log_page::next` of the page before; empty: from the beginning

  bool operator==(const row_log_query&) const = default;
};

/// Lines that one page lists at most.
inline constexpr std::uint32_t most_rows_listed = 500;

/// Lines of a row log in the order in which they were written: JSON objects as text, for the sake
/// of the keys' digits, with the key as a string (`key_text`) behind the other members.
struct row_log_page {
  std::vector<std::string> lines = {};
  /// Cursor of what follows; empty: nothing does. A page may be short, and even empty, and others
  /// follow all the same: the search goes on there, or the run does.
  std::string next = {};

  bool operator==(const row_log_page&) const = default;
};

}  // namespace sluice
