#include "tests/bench/bare_loop.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace sluice::bench {
namespace {

void check(SQLRETURN result, SQLSMALLINT type, SQLHANDLE handle) {
  if (SQL_SUCCEEDED(result)) return;
  SQLCHAR state[6]{}, text[512]{};
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  SQLGetDiagRec(type, handle, 1, state, &native, text, sizeof text, &length);
  throw std::runtime_error(fmt::format("bare loop: {} ({})", reinterpret_cast<char*>(text),
                                       reinterpret_cast<char*>(state)));
}

SQLCHAR* sql_text(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.data()));
}

/// A statement that goes with its scope.
class bare_statement {
 public:
  explicit bare_statement(const bare_connection& on) {
    check(SQLAllocHandle(SQL_HANDLE_STMT, on.handle(), &handle_), SQL_HANDLE_DBC, on.handle());
  }
  ~bare_statement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }
  bare_statement(const bare_statement&) = delete;
  bare_statement& operator=(const bare_statement&) = delete;
  [[nodiscard]] SQLHSTMT handle() const { return handle_; }
  void execute(const std::string& sql) {
    check(SQLExecDirect(handle_, sql_text(sql), static_cast<SQLINTEGER>(sql.size())),
          SQL_HANDLE_STMT, handle_);
  }

 private:
  SQLHSTMT handle_ = nullptr;
};

void append_quoted(std::string& out, std::string_view value) {
  out.push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

/// json_array alone would cut doubles to 15 digits and fail on a blob: a read that is to be exact
/// has to ask for them, as SQLite's columns hold values of any type.
std::string packed_in_sqlite() {
  std::string values = "id";
  for (const auto* text : {"email", "name", "city", "updated_at"})
    values += fmt::format(", CASE WHEN {0} >= x'' THEN hex({0}) ELSE {0} END", text);
  for (const auto* number : {"balance", "visits"})
    values += fmt::format(
        ", CASE typeof({0}) WHEN 'integer' THEN {0} WHEN 'real' THEN "
        "printf('%!.17g', {0}) WHEN 'blob' THEN hex({0}) ELSE {0} END",
        number);
  return "SELECT json_array(" + values + ") FROM customers";
}

}  // namespace

bare_connection::bare_connection(const std::string& connection_string) {
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env_);
  SQLSetEnvAttr(env_, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  SQLAllocHandle(SQL_HANDLE_DBC, env_, &dbc_);
  check(SQLDriverConnect(dbc_, nullptr, sql_text(connection_string), SQL_NTS, nullptr, 0, nullptr,
                         SQL_DRIVER_NOPROMPT),
        SQL_HANDLE_DBC, dbc_);
}

bare_connection::~bare_connection() {
  SQLDisconnect(dbc_);
  SQLFreeHandle(SQL_HANDLE_DBC, dbc_);
  SQLFreeHandle(SQL_HANDLE_ENV, env_);
}

void bare_connection::execute(const std::string& sql) { bare_statement(*this).execute(sql); }

void bare_connection::autocommit(bool on) {
  const auto value = static_cast<SQLULEN>(on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF);
  check(SQLSetConnectAttr(dbc_, SQL_ATTR_AUTOCOMMIT, reinterpret_cast<SQLPOINTER>(value), 0),
        SQL_HANDLE_DBC, dbc_);
}

void bare_connection::commit() {
  check(SQLEndTran(SQL_HANDLE_DBC, dbc_, SQL_COMMIT), SQL_HANDLE_DBC, dbc_);
}

row_block::row_block(SQLHSTMT statement, std::size_t columns, std::size_t rowset)
    : statement_(statement), rowset_(rowset), cells_(columns), indicators_(columns) {
  SQLSetStmtAttr(statement, SQL_ATTR_ROW_ARRAY_SIZE, reinterpret_cast<SQLPOINTER>(rowset), 0);
  SQLSetStmtAttr(statement, SQL_ATTR_ROWS_FETCHED_PTR, &fetched_, 0);
  for (std::size_t c = 0; c < columns; ++c) {
    cells_[c].resize(rowset * cell_bytes);
    indicators_[c].resize(rowset);
    check(SQLBindCol(statement, static_cast<SQLUSMALLINT>(c + 1), SQL_C_CHAR, cells_[c].data(),
                     cell_bytes, indicators_[c].data()),
          SQL_HANDLE_STMT, statement);
  }
}

std::string_view row_block::cell(std::size_t row, std::size_t column) const {
  const auto size = indicators_[column][row];
  if (size < 0) return {};
  return {cells_[column].data() + row * cell_bytes, static_cast<std::size_t>(size)};
}

bool row_block::fetch() {
  const auto result = SQLFetch(statement_);
  if (result == SQL_NO_DATA) return false;
  check(result, SQL_HANDLE_STMT, statement_);
  if (rowset_ == 1) fetched_ = 1;  // MariaDB's driver does not always say
  return true;
}

std::vector<read_way> ways_to_read(odbc::product kind) {
  const std::string names = "id, email, name, city, balance, visits, updated_at";
  switch (kind) {
    case odbc::product::postgresql: {
      const std::string cursor = ";UseDeclareFetch=1;Fetch=10000";
      return {{"bound columns", cursor,
               "SELECT id::text, email, name, city, balance::text, visits::text, updated_at::text "
               "FROM customers"},
              {"the row packed into one cell", cursor,
               "SELECT ROW(" + names + ")::text FROM customers", 1}};
    }
    case odbc::product::mariadb: {
      const std::string select =
          "SELECT CAST(id AS CHAR), email, name, city, CAST(balance AS CHAR), "
          "CAST(visits AS CHAR), CAST(updated_at AS CHAR) FROM customers";
      return {{"the whole result in memory", "", select, 7, 1},
              {"pages by key", "", select + " WHERE id > {after} ORDER BY id LIMIT {limit}", 7, 1,
               10'000}};
    }
    default:
      return {{"stepped", ";StepAPI=1", "SELECT " + names + " FROM customers"},
              {"the whole result in memory", "", "SELECT " + names + " FROM customers"},
              {"stepped, the row packed into one cell", ";StepAPI=1", packed_in_sqlite(), 1}};
  }
}

std::uint64_t read_all(const std::string& connection_string, const read_way& way,
                       const std::function<void(const row_block&)>& each) {
  bare_connection connection(connection_string + way.attributes);
  const bool cursor = way.attributes.find("UseDeclareFetch") != std::string::npos;
  if (cursor) connection.autocommit(false);  // a cursor lives in a transaction
  std::uint64_t rows = 0;
  std::string after = "0";
  for (;;) {
    bare_statement statement(connection);
    row_block block(statement.handle(), way.columns, way.rowset);
    statement.execute(way.page == 0 ? way.sql
                                    : fmt::format(fmt::runtime(way.sql), fmt::arg("after", after),
                                                  fmt::arg("limit", way.page)));
    std::uint64_t in_page = 0;
    while (block.fetch()) {
      in_page += block.rows();
      each(block);
      if (way.page != 0 && in_page == way.page) after = block.cell(block.rows() - 1, 0);
    }
    rows += in_page;
    if (way.page == 0 || in_page < way.page) break;
  }
  if (cursor) connection.commit();
  return rows;
}

bare_upsert::bare_upsert(const std::string& connection_string)
    : connection_(connection_string + ";Protocol=7.4-0"), arrays_(7), sizes_(7) {
  connection_.autocommit(false);
  check(SQLAllocHandle(SQL_HANDLE_STMT, connection_.handle(), &statement_), SQL_HANDLE_DBC,
        connection_.handle());
  const std::string sql =
      "INSERT INTO customers SELECT * FROM unnest(?::bigint[], ?::varchar[], ?::varchar[], "
      "?::varchar[], ?::numeric[], ?::int[], ?::timestamp[]) ON CONFLICT (id) DO UPDATE SET "
      "email = EXCLUDED.email, name = EXCLUDED.name, city = EXCLUDED.city, "
      "balance = EXCLUDED.balance, visits = EXCLUDED.visits, updated_at = EXCLUDED.updated_at";
  check(SQLPrepare(statement_, sql_text(sql), static_cast<SQLINTEGER>(sql.size())), SQL_HANDLE_STMT,
        statement_);
}

bare_upsert::~bare_upsert() { SQLFreeHandle(SQL_HANDLE_STMT, statement_); }

void bare_upsert::write(const row_block& rows) {
  for (std::size_t c = 0; c < arrays_.size(); ++c) {
    const bool text = c >= 1 && c <= 3;
    auto& array = arrays_[c];
    array = "{";
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      if (r > 0) array.push_back(',');
      const auto cell = rows.cell(r, c);
      if (text || c == 6) {
        append_quoted(array, cell);
      } else {
        array += cell;
      }
    }
    array.push_back('}');
    sizes_[c] = static_cast<SQLLEN>(array.size());
    check(SQLBindParameter(statement_, static_cast<SQLUSMALLINT>(c + 1), SQL_PARAM_INPUT,
                           SQL_C_CHAR, SQL_LONGVARCHAR, array.size(), 0, array.data(),
                           static_cast<SQLLEN>(array.size()), &sizes_[c]),
          SQL_HANDLE_STMT, statement_);
  }
  check(SQLExecute(statement_), SQL_HANDLE_STMT, statement_);
}

}  // namespace sluice::bench
