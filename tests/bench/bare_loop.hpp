// Plain loops over an ODBC driver, without any of Sluice's layers: what a sync is compared with.
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/odbc/dialect.hpp"

namespace sluice::bench {

/// A connection. Throws std::runtime_error with what the driver says.
class bare_connection {
 public:
  explicit bare_connection(const std::string& connection_string);
  ~bare_connection();
  bare_connection(const bare_connection&) = delete;
  bare_connection& operator=(const bare_connection&) = delete;

  void execute(const std::string& sql);
  void autocommit(bool on);
  void commit();
  [[nodiscard]] SQLHDBC handle() const { return dbc_; }

 private:
  SQLHENV env_ = nullptr;
  SQLHDBC dbc_ = nullptr;
};

/// Up to `rowset` rows, every column as text in a bound buffer.
class row_block {
 public:
  row_block(SQLHSTMT statement, std::size_t columns, std::size_t rowset);
  [[nodiscard]] std::size_t rows() const { return fetched_; }
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const;
  /// False at the end of the result.
  bool fetch();

 private:
  static constexpr std::size_t cell_bytes = 512;
  SQLHSTMT statement_;
  std::size_t rowset_;
  std::vector<std::vector<char>> cells_;         ///< by column
  std::vector<std::vector<SQLLEN>> indicators_;  ///< by column
  SQLULEN fetched_ = 0;
};

/// One way to read the sample table.
struct read_way {
  std::string name;
  std::string attributes;    ///< added to the connection string
  std::string sql;           ///< with {after} and {limit} if it reads in pages by the first column
  std::size_t columns = 7;   ///< cells of a row
  std::size_t rowset = 100;  ///< rows per fetch
  std::size_t page = 0;      ///< rows per page; 0: one statement
};

/// Every way known to be fast for a database; the fastest differs from machine to machine.
std::vector<read_way> ways_to_read(odbc::product kind);

/// Reads everything; `each` sees the blocks. Returns the number of rows.
std::uint64_t read_all(const std::string& connection_string, const read_way& way,
                       const std::function<void(const row_block&)>& each);

/// Upserts blocks of the sample table into PostgreSQL as one array per column, the fastest way its
/// driver has. One transaction.
class bare_upsert {
 public:
  explicit bare_upsert(const std::string& connection_string);
  ~bare_upsert();
  void write(const row_block& rows);
  void commit() { connection_.commit(); }

 private:
  bare_connection connection_;
  SQLHSTMT statement_ = nullptr;
  std::vector<std::string> arrays_;
  std::vector<SQLLEN> sizes_;
};

}  // namespace sluice::bench
