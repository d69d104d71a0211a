// Questions about the row log of a run, and a page of the log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/names.hpp"

namespace sluice {

/// Which lines of a row log. All conditions hold together.
struct row_log_query {
  run_id run = {};
  std::string outcome = {};  ///< `delivered`, `rejected` and so on; empty: any
  std::string text = {};     ///< part of the line as written; empty: any
  std::uint32_t limit = 0;   ///< `most_rows_listed` at the most
  std::string cursor = {};   ///< `row_log_page::next` of the page before; empty: from the beginning

  bool operator==(const row_log_query&) const = default;
};

/// Lines that one page lists at most.
inline constexpr std::uint32_t most_rows_listed = 500;

/// Lines of a row log in the order of writing: JSON objects as text, since keys may have
/// more digits than a JSON library keeps, with the key as a string (`key_text`) behind the
/// other members.
struct row_log_page {
  std::vector<std::string> lines = {};
  /// Cursor of the next page; empty on the last one. Pages may follow a short or empty page, too,
  /// while the search or the run goes on.
  std::string next = {};

  bool operator==(const row_log_page&) const = default;
};

}  // namespace sluice
