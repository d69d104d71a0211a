// Connections and statements over unixODBC. No SQLHANDLE leaves this folder.
//
// One thread per connection: psqlodbc and MariaDB's driver serialise calls on a connection, and the
// SQLite driver has no locks on Unix. Another thread may only request the stop token.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "messages/row.hpp"
#include "runtime/odbc/column_kind.hpp"
#include "runtime/odbc/diagnostics.hpp"

namespace sluice::odbc {

/// The purpose of a connection decides the driver's settings (StepAPI, Protocol=7.4-0, ...). They
/// are added to a connection string that does not set them itself.
enum class purpose : std::uint8_t { read, write };

struct connect_options {
  /// The string with its secrets resolved. Kept in memory while connected (cancelling opens a
  /// second connection); never shown.
  std::string connection_string;
  purpose use = purpose::read;
  std::chrono::milliseconds connect_timeout{5'000};
  /// How long to wait for a lock that another SQLite connection holds, before the call ends with
  /// odbc_error (transient). Servers have their own limits.
  std::chrono::milliseconds lock_timeout{10'000};
  /// How long a call may wait without a byte from the server before the connection is cut and lost;
  /// only if the call can be interrupted and its socket is known. This notices a server that is
  /// frozen; keepalives notice a server that is gone, with any value. 0: for ever.
  std::chrono::milliseconds answer_timeout{0};
};

/// One result column as the driver describes it.
struct column_info {
  std::string name;
  std::string type_name;  ///< the database's own word, as far as the driver tells
  column_kind kind = column_kind::other;
  std::uint64_t size = 0;
  bool nullable = true;
};

class session;
class statement;

/// The largest cell that is read, unless a cursor says otherwise.
inline constexpr std::size_t max_cell_bytes = 64u << 20;

/// A connected session with one database. Errors are odbc_error; one of class `lost` ends the
/// connection for good.
class connection {
 public:
  /// Connects. From now on a request of `stop` interrupts a blocked call of this connection
  /// (connecting included): the call ends with odbc_error (interrupted), and so does every later
  /// call but `rollback`.
  explicit connection(const connect_options& options, std::stop_token stop = {});
  /// Rolls back what is not committed and disconnects.
  ~connection();
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;

  [[nodiscard]] product kind() const;
  /// The server's own name and version, for messages: `OpenLink Virtuoso 07.20.3235`.
  [[nodiscard]] const std::string& server() const;
  /// `"`- or `` ` ``-quoted, with the quote doubled. Throws odbc_error on NUL.
  [[nodiscard]] std::string quote_identifier(std::string_view name) const;
  /// `a.b` as a quoted, possibly qualified name; parts may already be quoted.
  [[nodiscard]] std::string quote_table(std::string_view name) const;

  // Outside of a transaction a statement commits by itself. On PostgreSQL it gets a transaction of
  // its own, in which settings are pinned (see dialect::pinned), unless the statement cannot run in
  // a transaction.

  /// Runs one statement without parameters; returns the rows it affected (-1 unknown).
  std::int64_t execute(std::string_view sql);
  /// The rows of a small result as text, NULL as nothing. For catalogue queries and tests.
  std::vector<std::vector<std::optional<std::string>>> query(std::string_view sql);
  /// A statement to bind parameters to and to execute, again and again. PostgreSQL gets the text
  /// each time: behind a pooler, a statement prepared earlier is often in another session.
  [[nodiscard]] statement prepare(std::string_view sql);
  /// The columns that `sql` would give. It is prepared in the server, not run.
  [[nodiscard]] std::vector<column_info> describe(std::string_view sql);
  /// A statement that runs `sql` directly, for reading a large result row by row. Cells may have up
  /// to `cell_limit` bytes.
  [[nodiscard]] statement open_cursor(std::string_view sql,
                                      std::size_t cell_limit = max_cell_bytes);

  /// Begins a transaction for writing.
  void begin();
  /// Begins a transaction that reads one consistent snapshot and writes nothing.
  void begin_snapshot();
  /// Commits. Both psqlodbc and MariaDB's driver report success for a commit that lost its rows, so
  /// the server is first asked whether the transaction is alive and healthy. If this throws, the
  /// transaction is over: rolled back, or, after an error of class `lost`, with unknown outcome.
  void commit();
  /// Never throws: a connection that cannot roll back is marked lost. Not interrupted by the stop
  /// token, but then bounded in time.
  void rollback() noexcept;
  [[nodiscard]] bool in_transaction() const;
  /// True once an error of class `lost` was seen.
  [[nodiscard]] bool lost() const;

 private:
  std::shared_ptr<session> session_;
};

/// A prepared statement or an open cursor. Must not outlive its connection.
class statement {
 public:
  ~statement();
  statement(statement&&) noexcept;
  statement& operator=(statement&&) noexcept;

  /// Parameters that one statement may have: the least any driver takes, with a margin (psqlodbc
  /// crashes at 40,000).
  static constexpr std::size_t max_parameters = 30'000;
  static constexpr std::size_t max_cell_bytes = odbc::max_cell_bytes;
  /// The most memory that one column of a parameter array may take (rows x longest value).
  static constexpr std::size_t max_array_bytes = 64u << 20;

  /// Binds parameter `index` (from 0) for the next `execute`. The bytes must live until then.
  /// Throws odbc_error (row) on text that holds NUL, which drivers cut off silently, and
  /// (permanent) past `max_parameters`.
  void bind(std::size_t index, value_view value);
  /// Binds one column of a parameter array (SQL_ATTR_PARAMSET_SIZE = values.size()); every column
  /// of one execution has the same number of values. Copies the bytes. Throws as `bind` does, and
  /// (row) past `max_array_bytes`.
  void bind_array(std::size_t index, std::span<const value_view> values);
  /// Runs it; returns the rows affected (-1 unknown). Bound parameters stay bound. Throws
  /// odbc_error.
  std::int64_t execute();

  [[nodiscard]] const std::vector<column_info>& columns() const;
  /// The next row, or false at the end. A request of the stop token ends it with odbc_error
  /// (interrupted), never with a silent early end.
  bool fetch();
  /// Cell of the current row: the driver's text (binary columns: raw bytes), nothing for NULL.
  /// Valid until the next fetch. Throws odbc_error (row) if it is larger than the limit.
  [[nodiscard]] std::optional<std::string_view> cell(std::size_t index) const;
  /// Ends the result, so that a prepared statement may be executed again. Harmless when none is
  /// open.
  void close();

 private:
  friend class connection;
  struct impl;
  explicit statement(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

}  // namespace sluice::odbc
