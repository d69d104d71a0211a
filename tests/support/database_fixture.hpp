// A fresh, empty database on a real server (or in a SQLite file) for one test.
#pragma once

#include <stop_token>
#include <string>

#include "runtime/odbc/connection.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::test {

/// All products that tests run against; for `for (const auto kind : every_database)`.
inline constexpr odbc::product every_database[] = {odbc::product::postgresql,
                                                   odbc::product::mariadb, odbc::product::sqlite};

/// Creates a database of its own and drops it in the end, whatever is still connected. The servers
/// are those of tests/support/databases, named by SLUICE_TEST_PG and SLUICE_TEST_MARIADB; without
/// them the constructor throws, so that a test without its server fails and is never skipped.
class database_fixture {
 public:
  explicit database_fixture(odbc::product kind);
  ~database_fixture();
  database_fixture(const database_fixture&) = delete;
  database_fixture& operator=(const database_fixture&) = delete;

  [[nodiscard]] odbc::product kind() const { return kind_; }
  /// The connection string of a user's configuration: without settings that the ODBC layer adds.
  [[nodiscard]] const std::string& connection_string() const { return connection_string_; }
  /// Connects to the database for `use`.
  [[nodiscard]] odbc::connection connect(odbc::purpose use = odbc::purpose::write,
                                         std::stop_token stop = {}) const;
  /// Runs statements on a connection of their own.
  void run(std::initializer_list<std::string> statements) const;

 private:
  odbc::product kind_;
  temp_dir directory_;  ///< of the SQLite file
  std::string server_;  ///< connection string to the server's own database
  std::string name_;    ///< of the database
  std::string connection_string_;
};

/// The value of an environment variable that tests/run sets; throws with a hint if it is missing.
std::string required_environment(const char* name);

/// The connection string `text` with the value of the attribute `name` replaced. Throws
/// std::runtime_error if it has none. REQUIRES: neither value has braces.
std::string with_attribute(std::string text, const std::string& name, std::string_view value);

}  // namespace sluice::test
