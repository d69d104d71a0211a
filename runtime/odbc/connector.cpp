#include "runtime/odbc/connector.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "runtime/log/redactor.hpp"
#include "runtime/odbc/background.hpp"
#include "runtime/odbc/dialect.hpp"

namespace sluice::odbc {
namespace {

/// One attempt: a connected handle, or why not.
struct attempt {
  dbc_handle handle;
  std::optional<diagnostic> error;
};

/// Says plainly what went wrong; the driver's own words stay in the text.
void explain(diagnostic& what, product kind, const connection_string& text) {
  if (what.message.find("Can't open lib") != std::string::npos) {
    const auto name = text.get("Driver").value_or(text.get("DSN").value_or(""));
    what.message = "the ODBC driver '" + name + "' is not installed: " + what.message;
  } else if (kind == product::sqlite) {
    what.message = "cannot open the database file '" + text.get("Database").value_or("") +
                   "': " + what.message;
  }
  what.message = text.without_secrets(std::move(what.message));
}

/// A data source of the system may hold a password that is not in Sluice's configuration.
void keep_secrets_of_data_source(const connection_string& text) {
  const auto dsn = text.get("DSN");
  if (!dsn || dsn->empty()) return;
  for (const auto* const key : {"Password", "PWD", "AccessToken", "Token"})
    log::secrets().add(system_profile("odbc.ini", *dsn, key));
}

attempt try_to_connect(const connection_string& text, product kind,
                       std::chrono::milliseconds timeout) {
  attempt made;
  keep_secrets_of_data_source(text);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(timeout).count();
  const auto dbc = made.handle.get();
  // MariaDB's driver ignores this attribute (see dialect::connect_timeout_key); a driver that
  // refuses it connects without a limit.
  SQLSetConnectAttr(dbc, SQL_ATTR_LOGIN_TIMEOUT,
                    reinterpret_cast<SQLPOINTER>(static_cast<SQLULEN>(seconds)), 0);
  const auto result = SQLDriverConnect(dbc, nullptr, sql_text(text.text()),
                                       static_cast<SQLSMALLINT>(text.text().size()), nullptr, 0,
                                       nullptr, SQL_DRIVER_NOPROMPT);
  if (SQL_SUCCEEDED(result)) {
    made.handle.mark_connected();
  } else {
    made.error = read_diagnostic(SQL_HANDLE_DBC, dbc, kind, call_phase::connecting);
    explain(*made.error, kind, text);
  }
  return made;
}

dbc_handle handle_of(attempt made) {
  if (made.error) throw odbc_error(std::move(*made.error));
  return std::move(made.handle);
}

/// The most that a driver that heeds its time-out may take beyond it: a server may have several
/// addresses, and each gets the whole time-out.
constexpr std::chrono::seconds patience{30};

/// Shared by the attempt and the thread that waits for it.
struct meeting {
  std::mutex mutex;
  std::condition_variable_any arrived;
  std::optional<attempt> result;
  std::exception_ptr defect;  ///< out of memory, for example
};

}  // namespace

dbc_handle connect_driver(const connection_string& text, product kind,
                          std::chrono::milliseconds timeout, const std::stop_token& stop) {
  if (!stop.stop_possible()) return handle_of(try_to_connect(text, kind, timeout));
  const auto place = std::make_shared<meeting>();
  run_in_background("odbc-connect", [place, text, kind, timeout] {
    try {
      auto made = try_to_connect(text, kind, timeout);
      const std::lock_guard lock(place->mutex);
      place->result = std::move(made);
    } catch (...) {
      const std::lock_guard lock(place->mutex);
      place->defect = std::current_exception();
    }
    place->arrived.notify_all();
  });
  std::unique_lock lock(place->mutex);
  const auto limit = timeout + patience;
  if (!place->arrived.wait_for(lock, stop, limit, [&] { return place->result || place->defect; })) {
    if (stop.stop_requested())
      throw odbc_error(error_class::interrupted, "interrupted on request while connecting");
    throw odbc_error(error_class::lost,
                     "the driver has not come back from connecting within " +
                         std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()) +
                         " s, whatever it was told");
  }
  if (place->defect) std::rethrow_exception(place->defect);
  return handle_of(std::move(*place->result));
}

}  // namespace sluice::odbc
