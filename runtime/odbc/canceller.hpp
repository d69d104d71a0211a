// The first tier of cancelling: asks the database to end what a session is doing, in the way that
// was found to be safe for its driver. Internal to runtime/odbc.
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
  /// Gets ready ahead of need. May block for as long as connecting does.
  virtual void prepare() {}
  /// Asks the database to end what `busy` (a statement handle, or null) is doing. May block. Never
  /// throws: whoever asked looks at whether the call ended, and asks again.
  virtual void fire(SQLHSTMT busy) noexcept = 0;
  /// True if `fire` never blocks: then whoever requests the stop fires first, without waiting for a
  /// thread to be given a processor.
  [[nodiscard]] virtual bool is_immediate() const noexcept { return false; }
  /// Asks the database to end what the session was doing when its connection was cut, without using
  /// that connection. May block. Never throws.
  virtual void end_abandoned() noexcept {}
  /// Makes a `prepare` or `fire` that hangs return, if it can. Any thread; does not block.
  virtual void abandon() noexcept {}
  /// Lets go of what belongs to the session's own connection, which is about to be closed. The
  /// session's thread, never during `fire`, which is not called again.
  virtual void release() noexcept {}
  /// The server's name for the session has changed (a pooler may do that between transactions); 0:
  /// it is not known.
  virtual void retarget(std::int64_t) noexcept {}
};

/// `session_id` is the server's name for the session to cancel, 0 as long as it is not known;
/// `connection` the session's own
/// handle.
std::shared_ptr<canceller> make_canceller(product kind, const connect_options& options,
                                          std::int64_t session_id, SQLHDBC connection);

}  // namespace sluice::odbc
