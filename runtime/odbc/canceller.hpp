// The first tier of cancelling: asks the database to end the current call of a session, by a method
// that is safe with its driver. Internal to runtime/odbc.
//
//   PostgreSQL  a second connection runs pg_cancel_backend; psqlodbc's SQLCancel does nothing while
//               fetching, but is the fallback while executing
//   MariaDB     a second connection runs KILL QUERY; SQLCancel on the busy statement has ended
//   results
//               early without an error, and needs a connection without TLS
//   SQLite      SQLCancel on an idle statement of the same connection (sqlite3_interrupt is per
//               connection); on the busy statement it corrupts the heap
//   others      SQLCancel on the busy statement, as ODBC has it
#pragma once

#include <sql.h>

#include <cstdint>
#include <memory>

#include "runtime/odbc/connection.hpp"

namespace sluice::odbc {

/// Used by one thread at a time, except `abandon`.
class canceller {
 public:
  virtual ~canceller() = default;
  /// Gets ready before a cancel is needed. May block as long as connecting.
  virtual void prepare() {}
  /// Asks the database to end the call on `busy` (a statement handle, or null). May block. Never
  /// throws: the caller looks whether the call ended, and asks again.
  virtual void fire(SQLHSTMT busy) noexcept = 0;
  /// True if `fire` never blocks: then the thread that requests the stop fires itself, without
  /// waiting until another thread gets a processor.
  [[nodiscard]] virtual bool is_immediate() const noexcept { return false; }
  /// Asks the database to end the call that was busy when the session's connection was cut, without
  /// using that connection. May block. Never throws.
  virtual void end_abandoned() noexcept {}
  /// Makes a `prepare` or `fire` that hangs return, if it can. Any thread; does not block.
  virtual void abandon() noexcept {}
  /// Frees everything that belongs to the session's own connection, which is about to be closed.
  /// Called by the session's thread, never during `fire`; `fire` is not called again.
  virtual void release() noexcept {}
  /// The server's name for the session has changed (a pooler may change it between transactions);
  /// 0: the name is not known.
  virtual void retarget(std::int64_t) noexcept {}
};

/// `session_id` is the server's name for the session to cancel, 0 as long as it is not known;
/// `connection` the session's own
/// handle.
std::shared_ptr<canceller> make_canceller(product kind, const connect_options& options,
                                          std::int64_t session_id, SQLHDBC connection);

}  // namespace sluice::odbc
