// Reads whole models for tests.
#pragma once

#include <string>
#include <vector>

#include "runtime/source/model_reader.hpp"
#include "tests/support/database_fixture.hpp"

namespace sluice::test {

inline config::source_config table_source(const database_fixture& database, std::string table) {
  return {.odbc = config::secret_string(database.connection_string()),
          .table = std::move(table),
          .query = std::nullopt,
          .key = {}};
}
inline config::source_config query_source(const database_fixture& database, std::string query) {
  return {.odbc = config::secret_string(database.connection_string()),
          .table = std::nullopt,
          .query = std::move(query),
          .key = {}};
}

/// One row as `kind:text` per value, `-` for null, and the reason in front of an invalid row.
struct read_row {
  std::string invalid;
  std::vector<std::string> values;
  bool operator==(const read_row&) const = default;
};

inline read_row current_row(const source::model_reader& reader, source::read_result result) {
  read_row row;
  if (result == source::read_result::invalid_row) row.invalid = reader.invalid_reason();
  for (const auto& value : reader.values()) {
    row.values.push_back(value.kind == value_kind::null
                             ? "-"
                             : std::string(to_string(value.kind)) + ":" + std::string(value.bytes));
  }
  return row;
}

inline std::vector<std::size_t> all_columns(const source::model_reader& reader) {
  std::vector<std::size_t> wanted(reader.columns().size());
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = i;
  return wanted;
}

inline std::vector<read_row> read_all(source::model_reader& reader) {
  reader.begin(all_columns(reader));
  std::vector<read_row> rows;
  for (auto result = reader.next(); result != source::read_result::end; result = reader.next())
    rows.push_back(current_row(reader, result));
  return rows;
}

inline std::vector<read_row> read_all(const config::source_config& source) {
  return read_all(*source::open_model("test", source, {}));
}

}  // namespace sluice::test
