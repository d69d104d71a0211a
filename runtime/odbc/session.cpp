#include "runtime/odbc/session.hpp"

#include <array>

namespace sluice::odbc {
namespace {

SQLULEN whole_seconds(std::chrono::milliseconds time) {
  return static_cast<SQLULEN>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

std::string info_text(SQLHDBC dbc, SQLUSMALLINT what) {
  std::array<char, 256> text{};
  SQLSMALLINT length = 0;
  if (!SQL_SUCCEEDED(
          SQLGetInfo(dbc, what, text.data(), static_cast<SQLSMALLINT>(text.size()), &length)))
    return {};
  return text.data();
}

/// Says plainly what went wrong with connecting; the driver's own words stay in the text.
void explain_connect_error(diagnostic& what, product kind, const connection_string& text) {
  if (what.message.find("Can't open lib") != std::string::npos) {
    what.message = "the ODBC driver '" + text.get("Driver").value_or(text.get("DSN").value_or("")) +
                   "' is not installed: " + what.message;
  } else if (kind == product::sqlite) {
    what.message = "cannot open the database file '" + text.get("Database").value_or("") +
                   "': " + what.message;
  }
  what.message = text.without_secrets(std::move(what.message));
}

}  // namespace

session::session(const connect_options& options, std::stop_token stop)
    : words_(&dialect_of(product::generic)),
      quote_('"'),
      options_(options),
      interruption_(std::move(stop)) {
  if (interruption_.requested()) raise_interrupted();
  connection_string text(options_.connection_string);
  words_ = &dialect_of(detect_driver(text, system_profile));
  add_settings(text, *words_, options_.use, options_.connect_timeout, system_profile);
  connect(std::move(text));
  set_up(options_.use);
}

session::~session() {
  if (in_transaction_) rollback();
}

void session::connect(connection_string text) {
  // MariaDB ignores it (see dialect::connect_timeout_key); a driver that refuses it goes without.
  SQLSetConnectAttr(dbc_.get(), SQL_ATTR_LOGIN_TIMEOUT,
                    reinterpret_cast<SQLPOINTER>(whole_seconds(options_.connect_timeout)), 0);
  const auto result = SQLDriverConnect(dbc_.get(), nullptr, sql_text(text.text()),
                                       static_cast<SQLSMALLINT>(text.text().size()), nullptr, 0,
                                       nullptr, SQL_DRIVER_NOPROMPT);
  if (!SQL_SUCCEEDED(result)) {
    auto what = read_diagnostic(SQL_HANDLE_DBC, dbc_.get(), kind(), call_phase::connecting);
    explain_connect_error(what, kind(), text);
    throw odbc_error(std::move(what));
  }
  dbc_.mark_connected();
  quote_ = words_->quote;
  if (kind() != product::generic) return;
  // An unknown driver for a known database still speaks its SQL.
  words_ = &dialect_of(detect_database(info_text(dbc_.get(), SQL_DBMS_NAME)));
  const auto quote = info_text(dbc_.get(), SQL_IDENTIFIER_QUOTE_CHAR);
  quote_ = quote.size() == 1 && quote != " " ? quote.front() : words_->quote;
}

void session::set_up(purpose use) {
  const auto setup = use == purpose::read ? words_->read_setup : words_->write_setup;
  if (!setup.empty()) execute_once(setup);
}

void session::raise_interrupted() {
  throw odbc_error(error_class::interrupted, "interrupted on request");
}

void session::raise(SQLSMALLINT handle_type, SQLHANDLE handle) {
  auto what = read_diagnostic(handle_type, handle, kind(), call_phase::connected);
  if (what.kind == error_class::lost) lost_ = true;
  throw odbc_error(std::move(what));
}

bool session::may_retry(SQLSMALLINT handle_type, SQLHANDLE handle,
                        std::chrono::steady_clock::time_point give_up) {
  // Each attempt has itself waited for the driver's Timeout.
  if (interruption_.requested() || std::chrono::steady_clock::now() >= give_up) return false;
  const auto what = read_diagnostic(handle_type, handle, kind(), call_phase::connected);
  return what.kind == error_class::transient;
}

SQLRETURN session::execute_direct(const stmt_handle& handle, std::string_view sql) {
  return run(SQL_HANDLE_STMT, handle.get(), [&] {
    return SQLExecDirect(handle.get(), sql_text(sql), static_cast<SQLINTEGER>(sql.size()));
  });
}

void session::execute_once(std::string_view sql) {
  const auto handle = new_statement();
  execute_direct(handle, sql);
}

std::int64_t session::affected(const stmt_handle& handle, SQLRETURN result) {
  if (result == SQL_NO_DATA) return 0;  // an update or delete that found no row
  SQLLEN rows = -1;
  if (!SQL_SUCCEEDED(SQLRowCount(handle.get(), &rows))) return -1;
  return rows;
}

// -- transactions ---------------------------------------------------------------------------------

void session::set_autocommit(bool on) {
  const auto value = static_cast<SQLULEN>(on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF);
  run(SQL_HANDLE_DBC, dbc_.get(), [&] {
    return SQLSetConnectAttr(dbc_.get(), SQL_ATTR_AUTOCOMMIT, reinterpret_cast<SQLPOINTER>(value),
                             SQL_IS_UINTEGER);
  });
}

void session::begin(bool snapshot) {
  if (in_transaction_)
    throw odbc_error(error_class::permanent, "a transaction is already open on this connection");
  if (words_->begin.empty()) {
    set_autocommit(false);
  } else if (snapshot) {
    for (const auto step : words_->begin_snapshot) {
      execute_once(step);
      in_transaction_ = true;  // some step may have begun it: from here on, roll back
    }
  } else {
    execute_once(words_->begin);
  }
  in_transaction_ = true;
}

void session::check_transaction_alive() {
  switch (kind()) {
    case product::postgresql:
      // Fails where COMMIT would say success: no transaction (25P01), an aborted one (25P02), a
      // dead connection.
      execute_once("SAVEPOINT sluice_commit");
      return;
    case product::mariadb: {
      const auto handle = new_statement();
      execute_direct(handle, "SELECT @@in_transaction");
      run(SQL_HANDLE_STMT, handle.get(), [&] { return SQLFetch(handle.get()); });
      std::array<char, 8> answer{};
      SQLLEN length = 0;
      run(SQL_HANDLE_STMT, handle.get(), [&] {
        return SQLGetData(handle.get(), 1, SQL_C_CHAR, answer.data(),
                          static_cast<SQLLEN>(answer.size()), &length);
      });
      if (std::string_view(answer.data()) != "1")
        throw odbc_error(error_class::transient,
                         "the server ended the transaction before its commit (deadlock, or a "
                         "statement that commits by itself)");
      return;
    }
    case product::sqlite:   // COMMIT itself fails when no transaction is open
    case product::generic:  // nothing portable to ask
      return;
  }
}

void session::end_transaction(bool commit) {
  const auto words = commit ? words_->commit : words_->rollback;
  if (!words.empty()) {
    execute_once(words);
    return;
  }
  run(SQL_HANDLE_DBC, dbc_.get(),
      [&] { return SQLEndTran(SQL_HANDLE_DBC, dbc_.get(), commit ? SQL_COMMIT : SQL_ROLLBACK); });
  set_autocommit(true);
}

void session::commit() {
  if (!in_transaction_) throw odbc_error(error_class::permanent, "no transaction is open");
  try {
    if (lost_)
      throw odbc_error(error_class::lost, "the connection was lost during the transaction");
    check_transaction_alive();
    end_transaction(true);
  } catch (...) {
    rollback();
    throw;
  }
  in_transaction_ = false;
}

void session::rollback() noexcept {
  if (!in_transaction_) return;
  in_transaction_ = false;
  if (lost_) return;
  try {
    end_transaction(false);
  } catch (const odbc_error& e) {
    // SQLite ends a transaction by itself after some errors; then there is none to roll back.
    if (kind() == product::sqlite &&
        e.info().message.find("no transaction is active") != std::string::npos)
      return;
    lost_ = true;
  } catch (...) {
    lost_ = true;
  }
}

}  // namespace sluice::odbc
