// A world whose source is a SQLite table with a cursor column.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "runtime/source/model_reader.hpp"
#include "tests/support/connection_fixture.hpp"
#include "tests/support/database_fixture.hpp"

namespace sluice::test {

/// The table t (id, value, at), where `at` counts seconds. The destination is the double, the mode
/// `upsert`.
struct cursor_world : outside_world {
  database_fixture database{odbc::product::sqlite};
  odbc::connection writer = database.connect();
  std::optional<config::cursor_config> cursor = config::cursor_config{"at"};

  cursor_world() {
    writer.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT, at DATETIME)");
    writer.execute("CREATE INDEX t_at ON t (at)");
    config.mode = sync_mode::upsert;
    config.source.odbc = config::secret_string(database.connection_string());
    config.source.table = "t";
    config.source.cursor = cursor;
    config.mapping = {{{"id"}, config::column_value{"id"}},
                      {{"value"}, config::column_value{"value"}}};
    open_model = [this](std::stop_token stop) {
      return source::open_model(config.name, config.source, std::move(stop));
    };
  }

  /// A point in time as the table has it.
  [[nodiscard]] static std::string at_second(long second) {
    return "datetime('2024-01-01', '" + std::to_string(second) + " seconds')";
  }
  /// Inserts or changes a row; its cursor is that second, or NULL.
  void put(long id, const std::string& value, std::optional<long> second) {
    writer.execute("INSERT OR REPLACE INTO t VALUES (" + std::to_string(id) + ", '" + value +
                   "', " + (second ? at_second(*second) : "NULL") + ")");
  }
  void remove(long id) { writer.execute("DELETE FROM t WHERE id = " + std::to_string(id)); }
  /// Value by id, of the rows that meet `condition`.
  std::map<long, std::string> rows(const std::string& condition = "1 = 1") {
    std::map<long, std::string> found;
    for (const auto& row : writer.query("SELECT id, value FROM t WHERE " + condition))
      found[std::stol(*row[0])] = *row[1];
    return found;
  }
  [[nodiscard]] static std::string packed_id(long id) {
    std::string key;
    append_value(key, value_kind::integer, std::to_string(id));
    return key;
  }
};

}  // namespace sluice::test
