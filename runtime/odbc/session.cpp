#include "runtime/odbc/session.hpp"

#include <array>
#include <charconv>

#include "runtime/odbc/connector.hpp"

namespace sluice::odbc {
namespace {

std::string info_text(SQLHDBC dbc, SQLUSMALLINT what) {
  std::array<char, 256> text{};
  SQLSMALLINT length = 0;
  if (!SQL_SUCCEEDED(
          SQLGetInfo(dbc, what, text.data(), static_cast<SQLSMALLINT>(text.size()), &length)))
    return {};
  return text.data();
}

template <class Number>
std::optional<Number> number(const std::optional<std::string>& text) {
  Number value{};
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

}  // namespace

session::session(const connect_options& options, const std::stop_token& stop, severable cut)
    : words_(&dialect_of(product::generic)),
      options_(options),
      interruption_(interruption::make(stop)) {
  if (interruption_->requested()) raise_refused();
  connection_string text(options_.connection_string);
  words_ = &dialect_of(detect_driver(text, system_profile));
  add_settings(text, *words_, options_.use,
               {.connect = options_.connect_timeout, .answer = options_.answer_timeout},
               system_profile);
  const bool needs_socket = cut == severable::yes || interruption_->possible();
  const auto before = needs_socket ? connected_sockets() : socket_set{};
  dbc_ = connect_driver(text, kind(), options_.connect_timeout, stop);
  try {
    find_words();
    pinned_ = pins(text, *words_, system_profile);
    if (needs_socket) identify(before);
    const auto setup = options_.use == purpose::read ? words_->read_setup : words_->write_setup;
    if (!setup.empty()) execute_once(setup);
  } catch (...) {
    interruption_->disarm();
    interruption_->close();
    throw;
  }
}

session::~session() {
  rollback();
  interruption_->disarm();
  canceller_.reset();
  clean_up([this] {
    // MariaDB's driver (3.1.15) frees a result twice if its connection was cut while the result
    // came in.
    if (kind() == product::mariadb && interruption_->severed()) dbc_.give_up();
    dbc_ = dbc_handle(nullptr);
  });
  interruption_->close();
}

void session::find_words() {
  const auto name = info_text(dbc_.get(), SQL_DBMS_NAME);
  if (kind() == product::postgresql || kind() == product::mariadb) {
    ask_what_it_is();
  } else if (kind() == product::generic || detect_database(name) != kind()) {
    // A known database behind an unknown driver still has its SQL.
    words_ = &dialect_of(detect_database(name));
    server_ = name + " " + info_text(dbc_.get(), SQL_DBMS_VER);
  } else {
    server_ = name;
  }
  quote_ = words_->quote;
  if (kind() != product::generic) return;
  const auto quote = info_text(dbc_.get(), SQL_IDENTIFIER_QUOTE_CHAR);
  quote_ = quote.size() == 1 && quote != " " ? quote.front() : words_->quote;
  SQLUINTEGER getting = 0;
  gets_bound_columns_ = SQL_SUCCEEDED(SQLGetInfo(dbc_.get(), SQL_GETDATA_EXTENSIONS, &getting,
                                                 sizeof getting, nullptr)) &&
                        (getting & SQL_GD_BOUND) != 0;
}

/// The driver shows only the protocol, not the product.
void session::ask_what_it_is() {
  std::string version;
  try {
    version = first_row("SELECT version()", 1)[0].value_or("");
  } catch (const odbc_error& e) {
    if (e.info().kind != error_class::permanent) throw;
    // The server has no version(): it is another database.
  }
  auto found = identify_server(
      kind(), {.version = version, .dbms_name = info_text(dbc_.get(), SQL_DBMS_NAME)});
  words_ = &dialect_of(found.kind);
  server_ = std::move(found.name);
}

/// Finds out the server's name for this session and its socket, and arms the cancelling.
void session::identify(const socket_set& before) {
  std::int64_t id = 0;
  std::optional<std::uint16_t> port;
  if (kind() == product::postgresql) {
    // Behind a pooler it is the port of the pooler. Each transaction asks anew for its session.
    port = number<std::uint16_t>(first_row("SELECT inet_client_port()", 1)[0]);
  } else if (kind() == product::mariadb) {
    const auto row = first_row(
        "SELECT id, substring_index(host, ':', -1) FROM information_schema.processlist "
        "WHERE id = connection_id()",
        2);
    id = number<std::int64_t>(row[0]).value_or(0);
    port = number<std::uint16_t>(row[1]);  // through a Unix socket the host is just a name
  }
  if (kind() != product::sqlite) socket_ = find_driver_socket(before, port);
  if (socket_) socket_->watch_peer();
  if (!interruption_->possible()) return;
  canceller_ = make_canceller(kind(), options_, id, dbc_.get());
  const bool may_be_cut_soon = kind() == product::postgresql && options_.use == purpose::read;
  if (may_be_cut_soon) interruption_->set_patience(interruption::reading_grace);
  // A reader must halt at once, so its helper connects in advance. A writer drains first.
  const bool connects = kind() == product::postgresql || kind() == product::mariadb;
  interruption_->arm(canceller_, socket_, connects && options_.use == purpose::read);
  interruption_->limit_silence(options_.answer_timeout);
}

void session::sever() const noexcept {
  if (socket_) socket_->sever();
}

// -- driver calls ---------------------------------------------------------------------------------

void session::raise_refused() {
  if (interruption_->requested())
    throw odbc_error(error_class::interrupted, "interrupted on request");
  throw odbc_error(error_class::lost, "the connection was lost");
}

void session::raise(SQLSMALLINT handle_type, SQLHANDLE handle, SQLRETURN result) {
  auto what = result == SQL_ERROR
                  ? read_diagnostic(handle_type, handle, kind(), call_phase::connected)
                  : diagnostic{{}, 0, "the driver gave no reason", error_class::permanent};
  if (what.kind == error_class::lost) lost_ = true;
  if (interruption_->requested()) raise_refused();
  if (interruption_->fell_silent()) {
    lost_ = true;
    throw odbc_error(error_class::lost,
                     "the server has sent nothing for " +
                         std::to_string(options_.answer_timeout.count() / 1000) +
                         " s: it is frozen, or computes for longer than answer_timeout allows");
  }
  throw odbc_error(std::move(what));
}

bool session::may_retry(SQLSMALLINT handle_type, SQLHANDLE handle,
                        std::chrono::steady_clock::time_point give_up) {
  // Each attempt has already waited for the driver's Timeout.
  if (interruption_->requested() || std::chrono::steady_clock::now() >= give_up) return false;
  const auto what = read_diagnostic(handle_type, handle, kind(), call_phase::connected);
  return what.kind == error_class::transient;
}

SQLRETURN session::execute_direct(const stmt_handle& handle, std::string_view sql) {
  return run(SQL_HANDLE_STMT, handle.get(), [&] { return raw_execute(handle, sql); });
}

SQLRETURN session::raw_execute(const stmt_handle& handle, std::string_view sql) {
  return SQLExecDirect(handle.get(), sql_text(sql), static_cast<SQLINTEGER>(sql.size()));
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

std::vector<std::optional<std::string>> session::first_row(std::string_view sql,
                                                           SQLUSMALLINT columns) {
  const auto handle = new_statement();
  execute_direct(handle, sql);
  return fetch_row(handle, columns, [&] { return raw_execute(handle, sql); });
}

template <class Execute>
std::vector<std::optional<std::string>> session::fetch_row(const stmt_handle& handle,
                                                           SQLUSMALLINT columns,
                                                           const Execute& execute) {
  const auto h = handle.get();
  if (fetch(handle, execute) == SQL_NO_DATA)
    throw odbc_error(error_class::permanent, "no row from a statement that always gives one");
  std::vector<std::optional<std::string>> cells;
  for (SQLUSMALLINT i = 1; i <= columns; ++i) {
    std::array<char, 256> text{};
    SQLLEN length = 0;
    run(SQL_HANDLE_STMT, h, [&] {
      return SQLGetData(h, i, SQL_C_CHAR, text.data(), static_cast<SQLLEN>(text.size()), &length);
    });
    cells.push_back(length == SQL_NULL_DATA ? std::nullopt
                                            : std::optional<std::string>(text.data()));
  }
  return cells;
}

void session::skip_to_rows(const stmt_handle& handle) {
  const auto h = handle.get();
  for (;;) {
    SQLSMALLINT columns = 0;
    run(SQL_HANDLE_STMT, h, [&] { return SQLNumResultCols(h, &columns); });
    if (columns > 0) return;
    if (run(SQL_HANDLE_STMT, h, [&] { return SQLMoreResults(h); }) == SQL_NO_DATA)
      throw odbc_error(error_class::permanent, "no rows from statements that end with a SELECT");
  }
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
  in_transaction_ = true;  // so that a failed step rolls back what the earlier steps began
  try {
    if (words_->begin_write.empty()) {
      set_autocommit(false);
    } else if (snapshot) {
      for (const auto step : words_->begin_snapshot) send_begin(step);
    } else {
      send_begin(options_.use == purpose::read ? words_->begin_read : words_->begin_write);
    }
  } catch (...) {
    rollback();
    throw;
  }
}

void session::send_begin(std::string_view sql) {
  const bool learns_name = canceller_ && !words_->session_name.empty();
  auto text = std::string(sql) + pinned_;
  if (learns_name) text += words_->session_name;
  const auto handle = new_statement();
  execute_direct(handle, text);
  if (!learns_name) return;
  skip_to_rows(handle);
  canceller_->retarget(number<std::int64_t>(fetch_row(handle, 1, nullptr)[0]).value_or(0));
}

void session::forget_session_name() noexcept {
  if (canceller_ && !words_->session_name.empty()) canceller_->retarget(0);
}

void session::check_transaction_alive() {
  switch (kind()) {
    case product::mariadb: {
      const bool asks = options_.use == purpose::write;
      const auto row = first_row(
          "SELECT @@in_transaction, " + std::string(asks ? words_->write_setup_holds : "1"), 2);
      if (row[0] != "1")
        throw odbc_error(error_class::transient,
                         "the server ended the transaction before its commit (deadlock, or a "
                         "statement that commits by itself)");
      if (row[1] != "1")
        throw odbc_error(error_class::permanent,
                         "the server's session has lost its sql_mode or time_zone, so that values "
                         "may have been changed: a pooler that does not keep them stands between");
      return;
    }
    case product::postgresql:  // see dialect::commit
    case product::sqlite:      // COMMIT itself fails when no transaction is open
    case product::generic:     // nothing portable to ask
      return;
  }
}

void session::commit() {
  if (!in_transaction_) throw odbc_error(error_class::permanent, "no transaction is open");
  try {
    if (lost_)
      throw odbc_error(error_class::lost, "the connection was lost during the transaction");
    check_transaction_alive();
    forget_session_name();
    if (!words_->commit.empty()) {
      execute_commit();
    } else {
      run(SQL_HANDLE_DBC, dbc_.get(),
          [&] { return SQLEndTran(SQL_HANDLE_DBC, dbc_.get(), SQL_COMMIT); });
      set_autocommit(true);
    }
  } catch (...) {
    rollback();
    throw;
  }
  in_transaction_ = false;
}

void session::execute_commit() {
  try {
    execute_once(words_->commit);
  } catch (const odbc_error& e) {
    if (kind() != product::sqlite || e.info().kind != error_class::transient) throw;
    auto what = e.info();
    what.message +=
        ": somebody reads the file, who keeps others from committing unless its journal mode is "
        "WAL "
        "(JournalMode=WAL in the connection string sets it, for good)";
    throw odbc_error(std::move(what));
  }
}

void session::rollback() noexcept {
  if (!in_transaction_) return;
  in_transaction_ = false;
  // A stopped reader is not used again and must halt at once: disconnecting ends its transaction.
  if (interruption_->requested() && options_.use == purpose::read) lost_ = true;
  if (lost_) return;
  forget_session_name();
  clean_up([this] {
    // A cancel that arrived late may hit the first attempt; there is no second one.
    if (!try_rollback() && !try_rollback()) lost_ = true;
  });
}

bool session::try_rollback() noexcept try {
  if (words_->rollback.empty()) {
    return SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, dbc_.get(), SQL_ROLLBACK)) &&
           SQL_SUCCEEDED(SQLSetConnectAttr(dbc_.get(), SQL_ATTR_AUTOCOMMIT,
                                           reinterpret_cast<SQLPOINTER>(SQL_AUTOCOMMIT_ON),
                                           SQL_IS_UINTEGER));
  }
  const auto handle = new_statement();
  const auto result = SQLExecDirect(handle.get(), sql_text(words_->rollback),
                                    static_cast<SQLINTEGER>(words_->rollback.size()));
  if (SQL_SUCCEEDED(result) || result == SQL_NO_DATA) return true;
  // SQLite ends a transaction by itself after some errors; then there is none to roll back.
  const auto why = read_diagnostic(SQL_HANDLE_STMT, handle.get(), kind(), call_phase::connected);
  return kind() == product::sqlite &&
         why.message.find("no transaction is active") != std::string::npos;
} catch (...) {
  return false;
}

}  // namespace sluice::odbc
