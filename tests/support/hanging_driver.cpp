// An ODBC driver for tests: sqliteodbc, with calls that hang or crash on request. A call named N
// hangs as long as the file N lies in the directory $HANGING_DRIVER, deaf to SQLCancel, and makes a
// file N.hangs meanwhile; it ends the process if there is a file N.crash. Every other call goes to
// the real driver, which this library is linked to: the driver manager finds there the functions
// that are not here.
#include <dlfcn.h>
#include <sql.h>
#include <sqlext.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace {

namespace fs = std::filesystem;

template <class Function>
Function* real(Function*, const char* name) {
  static void* const library = dlopen(SLUICE_SQLITE_DRIVER, RTLD_NOW | RTLD_NOLOAD);
  return reinterpret_cast<Function*>(dlsym(library, name));
}
#define REAL(name) real(&name, #name)

/// A point at which a call hangs or crashes.
void pass(const std::string& call) {
  const auto* const directory = std::getenv("HANGING_DRIVER");
  if (directory == nullptr) return;
  const auto file = fs::path(directory) / call;
  if (fs::exists(file.string() + ".crash")) std::abort();
  if (!fs::exists(file)) return;
  std::ofstream(file.string() + ".hangs") << "here";
  while (fs::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  fs::remove(file.string() + ".hangs");
}

}  // namespace

extern "C" {

SQLRETURN SQL_API SQLDriverConnect(SQLHDBC connection, SQLHWND window, SQLCHAR* text,
                                   SQLSMALLINT length, SQLCHAR* completed, SQLSMALLINT size,
                                   SQLSMALLINT* needed, SQLUSMALLINT completion) {
  pass("SQLDriverConnect");
  return REAL(SQLDriverConnect)(connection, window, text, length, completed, size, needed,
                                completion);
}

SQLRETURN SQL_API SQLGetInfo(SQLHDBC connection, SQLUSMALLINT what, SQLPOINTER value,
                             SQLSMALLINT size, SQLSMALLINT* length) {
  pass("SQLGetInfo");
  return REAL(SQLGetInfo)(connection, what, value, size, length);
}

SQLRETURN SQL_API SQLExecDirect(SQLHSTMT statement, SQLCHAR* text, SQLINTEGER length) {
  pass("SQLExecDirect");
  return REAL(SQLExecDirect)(statement, text, length);
}

SQLRETURN SQL_API SQLExecute(SQLHSTMT statement) {
  pass("SQLExecute");
  return REAL(SQLExecute)(statement);
}

SQLRETURN SQL_API SQLFetch(SQLHSTMT statement) {
  pass("SQLFetch");
  return REAL(SQLFetch)(statement);
}

SQLRETURN SQL_API SQLDisconnect(SQLHDBC connection) {
  pass("SQLDisconnect");
  return REAL(SQLDisconnect)(connection);
}

}  // extern "C"
