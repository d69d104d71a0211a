// An ODBC driver for tests: sqliteodbc as an unknown product, and as strict as ODBC allows. It
// refuses to run a statement again that was not closed (24000), and SQLGetData on a bound column,
// on one before a bound one, and backwards (07009). Every other call goes to the real driver, which
// this library is linked to: the driver manager finds there the functions that are not here.
#include <dlfcn.h>
#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

namespace {

struct statement_state {
  bool open = false;  ///< ran, and was not closed
  SQLUSMALLINT last_bound = 0;
  SQLUSMALLINT last_got = 0;
  const char* refused = nullptr;  ///< the SQLSTATE of the last call, if it was refused here
};

std::mutex mutex;
std::map<SQLHANDLE, statement_state> statements;

statement_state& state_of(SQLHANDLE statement) {
  const std::lock_guard lock(mutex);
  return statements[statement];
}

template <class Function>
Function* real(Function*, const char* name) {
  static void* const library = dlopen(SLUICE_SQLITE_DRIVER, RTLD_NOW | RTLD_NOLOAD);
  return reinterpret_cast<Function*>(dlsym(library, name));
}
#define REAL(name) real(&name, #name)

SQLRETURN refuse(SQLHSTMT statement, const char* state) {
  state_of(statement).refused = state;
  return SQL_ERROR;
}

}  // namespace

extern "C" {

SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT type, SQLHANDLE handle) {
  if (type == SQL_HANDLE_STMT) {
    const std::lock_guard lock(mutex);
    statements.erase(handle);
  }
  return REAL(SQLFreeHandle)(type, handle);
}

SQLRETURN SQL_API SQLFreeStmt(SQLHSTMT statement, SQLUSMALLINT option) {
  auto& state = state_of(statement);
  if (option == SQL_CLOSE) state.open = false;
  if (option == SQL_UNBIND) state.last_bound = 0;
  return REAL(SQLFreeStmt)(statement, option);
}

SQLRETURN SQL_API SQLExecute(SQLHSTMT statement) {
  auto& state = state_of(statement);
  if (state.open) return refuse(statement, "24000");
  state.open = true;
  state.refused = nullptr;
  return REAL(SQLExecute)(statement);
}

SQLRETURN SQL_API SQLFetch(SQLHSTMT statement) {
  state_of(statement).last_got = 0;
  return REAL(SQLFetch)(statement);
}

SQLRETURN SQL_API SQLBindCol(SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT type,
                             SQLPOINTER target, SQLLEN size, SQLLEN* length) {
  auto& state = state_of(statement);
  state.last_bound = std::max(state.last_bound, column);
  return REAL(SQLBindCol)(statement, column, type, target, size, length);
}

SQLRETURN SQL_API SQLGetData(SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT type,
                             SQLPOINTER target, SQLLEN size, SQLLEN* length) {
  auto& state = state_of(statement);
  if (column <= state.last_bound || column < state.last_got) return refuse(statement, "07009");
  state.last_got = column;
  state.refused = nullptr;
  return REAL(SQLGetData)(statement, column, type, target, size, length);
}

SQLRETURN SQL_API SQLGetInfo(SQLHDBC connection, SQLUSMALLINT what, SQLPOINTER value,
                             SQLSMALLINT size, SQLSMALLINT* length) {
  if (what == SQL_GETDATA_EXTENSIONS) {
    *static_cast<SQLUINTEGER*>(value) = 0;
    return SQL_SUCCESS;
  }
  if (what != SQL_DBMS_NAME) return REAL(SQLGetInfo)(connection, what, value, size, length);
  constexpr std::string_view name = "Strict";
  if (value != nullptr && size > static_cast<SQLSMALLINT>(name.size()))
    std::memcpy(value, name.data(), name.size() + 1);
  if (length != nullptr) *length = static_cast<SQLSMALLINT>(name.size());
  return SQL_SUCCESS;
}

SQLRETURN SQL_API SQLGetDiagRec(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT record,
                                SQLCHAR* state, SQLINTEGER* native, SQLCHAR* text, SQLSMALLINT size,
                                SQLSMALLINT* length) {
  const char* const refused = type == SQL_HANDLE_STMT ? state_of(handle).refused : nullptr;
  if (refused == nullptr)
    return REAL(SQLGetDiagRec)(type, handle, record, state, native, text, size, length);
  if (record != 1) return SQL_NO_DATA;
  std::memcpy(state, refused, 6);
  if (native != nullptr) *native = 0;
  constexpr std::string_view reason = "refused by the strict driver";
  if (size > static_cast<SQLSMALLINT>(reason.size()))
    std::memcpy(text, reason.data(), reason.size() + 1);
  if (length != nullptr) *length = static_cast<SQLSMALLINT>(reason.size());
  return SQL_SUCCESS;
}

}  // extern "C"
