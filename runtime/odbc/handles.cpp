#include "runtime/odbc/handles.hpp"

#include <array>

#include "runtime/log/redactor.hpp"

namespace sluice::odbc {
namespace {

SQLHENV make_environment() {
  SQLHENV env = nullptr;
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env)) ||
      !SQL_SUCCEEDED(SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION,
                                   reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0))) {
    if (env != nullptr) SQLFreeHandle(SQL_HANDLE_ENV, env);
    throw odbc_error(error_class::permanent, "the ODBC driver manager cannot be initialised");
  }
  return env;
}

}  // namespace

dbc_handle::dbc_handle() : environment_(make_environment()) {
  if (SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, environment_, &handle_))) return;
  SQLFreeHandle(SQL_HANDLE_ENV, environment_);
  throw odbc_error(error_class::permanent, "the ODBC driver manager gave no connection handle");
}

void dbc_handle::release() noexcept {
  if (handle_ == nullptr) return;
  if (connected_) SQLDisconnect(handle_);
  SQLFreeHandle(SQL_HANDLE_DBC, handle_);
  SQLFreeHandle(SQL_HANDLE_ENV, environment_);
  handle_ = nullptr;
}

stmt_handle::stmt_handle(SQLHDBC connection, product kind) {
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, connection, &handle_)))
    throw odbc_error(read_diagnostic(SQL_HANDLE_DBC, connection, kind, call_phase::connected));
}

diagnostic read_diagnostic(SQLSMALLINT handle_type, SQLHANDLE handle, product kind,
                           call_phase phase) {
  diagnostic found;
  for (SQLSMALLINT record = 1;; ++record) {
    std::array<char, 6> state{};
    std::array<char, 4096> message{};
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    if (!SQL_SUCCEEDED(SQLGetDiagRec(handle_type, handle, record, sql_text(state.data()), &native,
                                     sql_text(message.data()),
                                     static_cast<SQLSMALLINT>(message.size()), &length))) {
      break;
    }
    const std::string_view word(state.data());
    if (record > 1 && word.starts_with("01")) continue;
    found.state = word;
    found.native = native;
    found.message = clean_message(message.data());
    if (!word.starts_with("01")) break;
  }
  if (found.message.empty()) found.message = "the driver gave no reason";
  found.kind = classify(kind, phase, found.state, found.native, found.message);
  // While connecting, the connection string itself masks its secrets:
  // connection_string::without_secrets.
  if (phase == call_phase::connected) found.message = log::secrets().masked(found.message);
  return found;
}

}  // namespace sluice::odbc
