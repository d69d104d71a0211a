#include "runtime/odbc/connection.hpp"

#include "runtime/odbc/identifiers.hpp"
#include "runtime/odbc/session.hpp"
#include "runtime/odbc/statement_impl.hpp"

namespace sluice::odbc {

connection::connection(const connect_options& options, std::stop_token stop)
    : session_(std::make_shared<session>(options, std::move(stop))) {}
connection::~connection() = default;
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;

product connection::kind() const { return session_->kind(); }
const std::string& connection::server() const { return session_->server(); }

std::string connection::quote_identifier(std::string_view name) const {
  return quoted_identifier(name, session_->quote());
}

std::string connection::quote_table(std::string_view name) const {
  return quoted_table(name, session_->quote());
}

std::int64_t connection::execute(std::string_view sql) {
  const auto handle = session_->new_statement();
  const auto run = [&] { return session_->execute_direct(handle, sql); };
  constexpr std::string_view not_in_a_transaction = "25001";  // CREATE DATABASE, VACUUM
  const bool alone = !session_->in_transaction();
  try {
    return session::affected(handle, session_->settled(run));
  } catch (const odbc_error& e) {
    if (!alone || e.info().state != not_in_a_transaction) throw;
    return session::affected(handle, run());
  }
}

std::vector<std::vector<std::optional<std::string>>> connection::query(std::string_view sql) {
  return session_->settled([&] {
    auto cursor = open_cursor(sql);
    std::vector<std::vector<std::optional<std::string>>> rows;
    while (cursor.fetch()) {
      auto& row = rows.emplace_back();
      for (std::size_t i = 0; i < cursor.columns().size(); ++i) {
        const auto cell = cursor.cell(i);
        row.push_back(cell ? std::optional<std::string>(*cell) : std::nullopt);
      }
    }
    return rows;
  });
}

statement connection::prepare(std::string_view sql) {
  auto made = std::make_unique<statement::impl>(session_);
  if (session_->settles_by_transaction()) {
    made->whole = sql;
  } else {
    made->prepare(sql);
  }
  return statement(std::move(made));
}

std::vector<column_info> connection::describe(std::string_view sql) {
  return session_->settled([&] {
    // A local object, so that the server forgets the prepared statement before the transaction
    // ends.
    statement::impl prepared(session_);
    prepared.prepare(sql);
    prepared.row.open(*session_, prepared.handle);
    return prepared.row.columns();
  });
}

statement connection::open_cursor(std::string_view sql, std::size_t cell_limit) {
  auto made = std::make_unique<statement::impl>(session_);
  made->row.limit_cells(cell_limit);
  made->whole = sql;
  session_->settled([&] { return session_->execute_direct(made->handle, sql); });
  made->row.open(*session_, made->handle);
  made->open = !made->row.columns().empty();
  return statement(std::move(made));
}

void connection::begin() { session_->begin(false); }
void connection::begin_snapshot() { session_->begin(true); }
void connection::commit() { session_->commit(); }
void connection::rollback() noexcept { session_->rollback(); }
bool connection::in_transaction() const { return session_->in_transaction(); }
bool connection::lost() const { return session_->lost(); }

}  // namespace sluice::odbc
