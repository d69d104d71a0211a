#include "runtime/odbc/result_row.hpp"

#include <array>

namespace sluice::odbc {
namespace {

constexpr std::size_t buffer_bytes = 4096;
/// Buffers lie a cache line more than a page apart; otherwise they would all share one cache set.
constexpr std::size_t buffer_stride = buffer_bytes + 64;

SQLSMALLINT c_type_of(product database, column_kind kind) {
  if (kind == column_kind::binary) return SQL_C_BINARY;
  // Read as text, MariaDB's driver gives the raw byte of a bit(1).
  if (kind == column_kind::boolean && database == product::mariadb) return SQL_C_BIT;
  return SQL_C_CHAR;
}

}  // namespace

void result_row::open(session& owner, const stmt_handle& handle) {
  SQLSMALLINT count = 0;
  owner.run(SQL_HANDLE_STMT, handle.get(), [&] { return SQLNumResultCols(handle.get(), &count); });
  columns_.clear();
  bound_.clear();
  if (count <= 0) return;
  describe(owner, handle, count);
  const auto columns = static_cast<std::size_t>(count);
  buffers_.resize(columns * buffer_stride);
  bound_.resize(columns);
  binds_ = owner.gets_bound_columns();
  for (std::size_t i = 0; i < columns; ++i) {
    auto& column = bound_[i];
    column.buffer = buffers_.data() + i * buffer_stride;
    column.c_type = c_type_of(owner.kind(), columns_[i].kind);
    if (!binds_) continue;
    owner.run(SQL_HANDLE_STMT, handle.get(), [&] {
      return SQLBindCol(handle.get(), static_cast<SQLUSMALLINT>(i + 1), column.c_type,
                        column.buffer, buffer_bytes, &column.indicator);
    });
  }
}

void result_row::describe(session& owner, const stmt_handle& handle, SQLSMALLINT count) {
  columns_.reserve(static_cast<std::size_t>(count));
  for (SQLSMALLINT i = 1; i <= count; ++i) {
    std::array<char, 1024> name{};
    SQLSMALLINT length = 0, type = 0, scale = 0, nullable = SQL_NULLABLE_UNKNOWN;
    SQLULEN size = 0;
    owner.run(SQL_HANDLE_STMT, handle.get(), [&] {
      return SQLDescribeCol(handle.get(), static_cast<SQLUSMALLINT>(i), sql_text(name.data()),
                            static_cast<SQLSMALLINT>(name.size()), &length, &type, &size, &scale,
                            &nullable);
    });
    std::array<char, 256> type_name{};
    // A driver that does not tell the type's name leaves it empty.
    SQLColAttribute(handle.get(), static_cast<SQLUSMALLINT>(i), SQL_DESC_TYPE_NAME,
                    type_name.data(), static_cast<SQLSMALLINT>(type_name.size()), &length, nullptr);
    columns_.push_back({.name = name.data(),
                        .type_name = type_name.data(),
                        .kind = kind_of_type(type),
                        .size = size,
                        .nullable = nullable != SQL_NO_NULLS});
  }
}

void result_row::take(session& owner, const stmt_handle& handle) {
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    if (!binds_) get(owner, handle, i);
    // The only test for a cut cell that works with all drivers: return codes and statuses are
    // unreliable.
    const auto length = bound_[i].indicator;
    if (length >= static_cast<SQLLEN>(buffer_bytes) || length == SQL_NO_TOTAL) [[unlikely]]
      read_long(owner, handle, i);
  }
}

void result_row::get(session& owner, const stmt_handle& handle, std::size_t index) {
  auto& column = bound_[index];
  owner.run(SQL_HANDLE_STMT, handle.get(), [&] {
    return SQLGetData(handle.get(), static_cast<SQLUSMALLINT>(index + 1), column.c_type,
                      column.buffer, static_cast<SQLLEN>(buffer_bytes), &column.indicator);
  });
}

void result_row::read_long(session& owner, const stmt_handle& handle, std::size_t index) {
  auto& column = bound_[index];
  const std::size_t terminator = column.c_type == SQL_C_CHAR ? 1 : 0;
  column.too_long = column.indicator > static_cast<SQLLEN>(limit_);
  // A bound column is read from its beginning, an unbound one from where the buffer ended.
  std::size_t filled = binds_ ? 0 : buffer_bytes - terminator;
  column.long_value.assign(column.buffer, filled);
  if (!binds_ && column.indicator == static_cast<SQLLEN>(filled)) return;
  // Without a total the size is guessed and doubled; with one, a single read does.
  std::size_t expected =
      column.indicator > 0 ? static_cast<std::size_t>(column.indicator) : 4 * buffer_bytes;
  while (!column.too_long) {
    column.long_value.resize(expected + terminator);
    const std::size_t room = column.long_value.size() - filled;
    SQLLEN left = 0;
    const auto result = owner.run(SQL_HANDLE_STMT, handle.get(), [&] {
      return SQLGetData(handle.get(), static_cast<SQLUSMALLINT>(index + 1), column.c_type,
                        column.long_value.data() + filled, static_cast<SQLLEN>(room), &left);
    });
    if (result == SQL_NO_DATA) break;  // the last read ended exactly at the cell's end
    if (left >= 0 && static_cast<std::size_t>(left) <= room - terminator) {
      filled += static_cast<std::size_t>(left);
      break;
    }
    filled += room - terminator;
    expected = filled * 2;
    column.too_long = filled > limit_;
  }
  column.long_value.resize(column.too_long ? 0 : filled);
}

std::optional<std::string_view> result_row::cell(std::size_t index) const {
  const auto& column = bound_[index];
  if (column.indicator == SQL_NULL_DATA) return std::nullopt;
  if (column.indicator >= 0 && column.indicator < static_cast<SQLLEN>(buffer_bytes)) [[likely]] {
    if (column.c_type == SQL_C_BIT) return *column.buffer != 0 ? "1" : "0";
    return std::string_view(column.buffer, static_cast<std::size_t>(column.indicator));
  }
  if (column.too_long)
    throw odbc_error(error_class::row, "the value of column '" + columns_[index].name +
                                           "' is larger than " + std::to_string(limit_ >> 20) +
                                           " MiB");
  return column.long_value;
}

}  // namespace sluice::odbc
