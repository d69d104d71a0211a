#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/parameters.hpp"
#include "runtime/odbc/result_row.hpp"
#include "runtime/odbc/statement_impl.hpp"

namespace sluice::odbc {

statement::statement(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
statement::~statement() = default;
statement::statement(statement&&) noexcept = default;
statement& statement::operator=(statement&&) noexcept = default;

void statement::bind(std::size_t index, value_view value) {
  impl_->in.bind(*impl_->owner, impl_->handle, index, value);
}

void statement::bind_array(std::size_t index, std::span<const value_view> values) {
  impl_->in.bind_array(*impl_->owner, impl_->handle, index, values);
}

std::int64_t statement::execute() {
  close();
  auto& owner = *impl_->owner;
  impl_->ran = true;
  impl_->fetched = false;
  const auto result =
      impl_->whole.empty()
          ? owner.run(SQL_HANDLE_STMT, impl_->handle.get(),
                      [&] { return SQLExecute(impl_->handle.get()); })
          : owner.settled([&] { return owner.execute_direct(impl_->handle, impl_->whole); });
  // The columns of a prepared statement never change: they are bound once.
  if (!impl_->described) {
    impl_->row.open(*impl_->owner, impl_->handle);
    impl_->described = true;
  }
  impl_->open = !impl_->row.columns().empty();
  return impl_->open ? -1 : session::affected(impl_->handle, result);
}

const std::vector<column_info>& statement::columns() const { return impl_->row.columns(); }

bool statement::fetch() {
  if (!impl_->open) return false;
  if (impl_->fetch() != SQL_NO_DATA) [[likely]] {
    impl_->row.take(*impl_->owner, impl_->handle);
    return true;
  }
  close();
  return false;
}

std::optional<std::string_view> statement::cell(std::size_t index) const {
  return impl_->row.cell(index);
}

void statement::close() {
  // An unknown driver may need this without a result, too: DuckDB's (1.5) crashes if a statement
  // runs again without having been closed.
  if (!impl_->open && !(impl_->ran && impl_->owner->kind() == product::generic)) return;
  impl_->open = impl_->ran = false;
  impl_->owner->clean_up([this] { SQLFreeStmt(impl_->handle.get(), SQL_CLOSE); });
}

}  // namespace sluice::odbc
