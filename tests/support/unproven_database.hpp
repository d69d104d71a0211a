// Databases that Sluice was not fitted to.
#pragma once

#include "tests/support/database_fixture.hpp"

namespace sluice::test {

/// A real PostgreSQL that says it is Amazon Redshift: another database behind a well-known driver.
/// Connections from now on meet an unknown database that behaves well.
class relative_of_postgresql {
 public:
  relative_of_postgresql();
  /// On connections that meet it as PostgreSQL.
  void run(std::initializer_list<std::string> statements) const;
  [[nodiscard]] std::vector<std::vector<std::optional<std::string>>> query(
      const std::string& sql) const;
  [[nodiscard]] const std::string& connection_string() const {
    return database_.connection_string();
  }

 private:
  database_fixture database_;
};

/// The connection string of tests/support/virtuoso, once the server answers. Throws without it.
std::string virtuoso_connection_string();

/// A name for a table there that no other test uses.
std::string fresh_table_name();

}  // namespace sluice::test
