// Models that are read by a cursor, and which rows their passes give.
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "runtime/source/starting_point.hpp"
#include "tests/runtime/source/read_model.hpp"

namespace sluice::test {

inline const char* time_type(odbc::product kind) {
  return kind == odbc::product::mariadb  ? "DATETIME(6)"
         : kind == odbc::product::sqlite ? "DATETIME"
                                         : "timestamp";
}

inline config::source_config by_cursor(config::source_config source, const std::string& column,
                                       std::chrono::milliseconds overlap = {}) {
  source.cursor = config::cursor_config{column, overlap};
  if (source.key.empty()) source.key = {"id"};
  return source;
}

/// The first column of every row, as text; `!` stands before those of invalid rows.
inline std::multiset<std::string> ids(source::model_reader& reader,
                                      const source::starting_point& from = {}) {
  reader.begin({0}, from);
  std::multiset<std::string> found;
  for (auto r = reader.next(); r != source::read_result::end; r = reader.next())
    found.insert((r == source::read_result::invalid_row ? "!" : "") +
                 std::string(reader.values()[0].bytes));
  return found;
}

using set = std::multiset<std::string>;

inline std::string packed(value_view value) {
  std::string out;
  append_value(out, value);
  return out;
}
inline std::string packed_id(const std::string& id) { return packed({value_kind::integer, id}); }

}  // namespace sluice::test
