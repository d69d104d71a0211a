// ODBC handles with owners, and the reading of diagnostics. Internal to runtime/odbc.
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/odbc/diagnostics.hpp"

namespace sluice::odbc {

/// Owns a connection handle: disconnects and frees it.
///
/// Each handle has an environment of its own: sqliteodbc 0.9998 keeps the connections of an
/// environment in a list without a lock. Threads that connect at the same time can turn the list
/// into a ring, in which the next thread loops for ever.
class dbc_handle {
 public:
  dbc_handle();
  /// Owns nothing.
  explicit dbc_handle(std::nullptr_t) {}
  ~dbc_handle() { release(); }
  dbc_handle(dbc_handle&& other) noexcept
      : environment_(std::exchange(other.environment_, nullptr)),
        handle_(std::exchange(other.handle_, nullptr)),
        connected_(std::exchange(other.connected_, false)) {}
  dbc_handle& operator=(dbc_handle&& other) noexcept {
    std::swap(environment_, other.environment_);
    std::swap(handle_, other.handle_);
    std::swap(connected_, other.connected_);
    return *this;
  }

  [[nodiscard]] SQLHDBC get() const { return handle_; }
  /// Leaks the driver's memory, where freeing it would crash. Owns nothing afterwards.
  void give_up() { environment_ = handle_ = nullptr; }
  /// To be called once SQLDriverConnect succeeded.
  void mark_connected() { connected_ = true; }

 private:
  void release() noexcept;

  SQLHENV environment_ = nullptr;
  SQLHDBC handle_ = nullptr;
  bool connected_ = false;
};

/// Owns a statement handle.
class stmt_handle {
 public:
  stmt_handle() = default;
  /// Throws odbc_error with the driver's reason, classified for `kind`.
  stmt_handle(SQLHDBC connection, product kind);
  ~stmt_handle() {
    if (handle_ != nullptr) SQLFreeHandle(SQL_HANDLE_STMT, handle_);
  }
  stmt_handle(stmt_handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  stmt_handle& operator=(stmt_handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }

  [[nodiscard]] SQLHSTMT get() const { return handle_; }

 private:
  SQLHSTMT handle_ = nullptr;
};

/// The error that the last call on `handle` left, already classified: the first record that is not
/// a warning, else the first. Never empty.
diagnostic read_diagnostic(SQLSMALLINT handle_type, SQLHANDLE handle, product kind,
                           call_phase phase);

/// ODBC takes non-const pointers to text that it only reads.
inline SQLCHAR* sql_text(std::string_view text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.data()));
}
inline SQLCHAR* sql_text(char* text) { return reinterpret_cast<SQLCHAR*>(text); }

}  // namespace sluice::odbc
