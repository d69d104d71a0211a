#include "runtime/odbc/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice::odbc {
namespace {

/// How one value, or one column of an array, is described to the driver.
struct description {
  SQLSMALLINT c_type;
  SQLSMALLINT sql_type;
};

constexpr description as_text{SQL_C_CHAR, SQL_VARCHAR};
constexpr description as_binary{SQL_C_BINARY, SQL_LONGVARBINARY};

void refuse_nul(std::size_t index, value_view value) {
  if (value.kind == value_kind::binary || value.bytes.empty()) return;
  if (std::memchr(value.bytes.data(), '\0', value.bytes.size()) != nullptr)
    throw odbc_error(error_class::row, "the text for parameter " + std::to_string(index + 1) +
                                           " holds a NUL character, which databases cut off");
}

template <class Number>
bool parses_as(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

void bind_parameter(session& owner, const stmt_handle& handle, std::size_t index, description how,
                    std::size_t size, const void* data, std::size_t element, SQLLEN* lengths) {
  owner.run(SQL_HANDLE_STMT, handle.get(), [&] {
    return SQLBindParameter(handle.get(), static_cast<SQLUSMALLINT>(index + 1), SQL_PARAM_INPUT,
                            how.c_type, how.sql_type, std::max<SQLULEN>(size, 1), 0,
                            const_cast<void*>(data), static_cast<SQLLEN>(element), lengths);
  });
}

}  // namespace

parameters::slot& parameters::at(std::size_t index) {
  if (index >= statement::max_parameters)
    throw odbc_error(
        error_class::permanent,
        "a statement takes at most " + std::to_string(statement::max_parameters) + " parameters");
  if (slots_.size() <= index) slots_.resize(index + 1);
  return slots_[index];
}

void parameters::set_rows(session& owner, const stmt_handle& handle, std::size_t rows) {
  if (rows == rows_) return;
  owner.run(SQL_HANDLE_STMT, handle.get(), [&] {
    return SQLSetStmtAttr(handle.get(), SQL_ATTR_PARAMSET_SIZE, reinterpret_cast<SQLPOINTER>(rows),
                          SQL_IS_UINTEGER);
  });
  rows_ = rows;
}

void parameters::bind(session& owner, const stmt_handle& handle, std::size_t index,
                      value_view value) {
  auto& held = at(index);
  set_rows(owner, handle, 1);
  if (value.kind == value_kind::null) {
    held.length = SQL_NULL_DATA;
    bind_parameter(owner, handle, index, as_text, 1, nullptr, 0, &held.length);
    return;
  }
  refuse_nul(index, value);
  if (owner.kind() == product::sqlite) {
    held.length = 0;
    if (value.kind == value_kind::integer && parses_as(value.bytes, held.integer)) {
      bind_parameter(owner, handle, index, {SQL_C_SBIGINT, SQL_BIGINT}, 20, &held.integer, 0,
                     &held.length);
      return;
    }
    // NaN and the infinities stay text: SQLite would make NULL of them.
    if (value.kind == value_kind::real && parses_as(value.bytes, held.real) &&
        held.real - held.real == 0) {
      bind_parameter(owner, handle, index, {SQL_C_DOUBLE, SQL_DOUBLE}, 15, &held.real, 0,
                     &held.length);
      return;
    }
  }
  held.length = static_cast<SQLLEN>(value.bytes.size());
  // An empty value still needs an address: psqlodbc and MariaDB take a null pointer for NULL.
  const void* data = value.bytes.empty() ? "" : value.bytes.data();
  bind_parameter(owner, handle, index, value.kind == value_kind::binary ? as_binary : as_text,
                 value.bytes.size(), data, value.bytes.size(), &held.length);
}

void parameters::bind_array(session& owner, const stmt_handle& handle, std::size_t index,
                            std::span<const value_view> values) {
  if (values.empty()) throw odbc_error(error_class::permanent, "a parameter array is empty");
  auto& held = at(index);
  set_rows(owner, handle, values.size());
  std::size_t longest = 1;
  bool binary = false, text = false;
  for (const auto& value : values) {
    if (value.kind == value_kind::null) continue;
    refuse_nul(index, value);
    (value.kind == value_kind::binary ? binary : text) = true;
    longest = std::max(longest, value.bytes.size());
  }
  if (binary && text)
    throw odbc_error(error_class::row, "a parameter array mixes text and binary values");
  if (longest > statement::max_array_bytes / values.size())
    throw odbc_error(error_class::row, "a parameter array of " + std::to_string(values.size()) +
                                           " values of up to " + std::to_string(longest) +
                                           " bytes is too large");
  held.bytes.assign(longest * values.size(), '\0');
  held.lengths.assign(values.size(), SQL_NULL_DATA);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].kind == value_kind::null) continue;
    std::copy(values[i].bytes.begin(), values[i].bytes.end(),
              held.bytes.begin() + static_cast<std::ptrdiff_t>(i * longest));
    held.lengths[i] = static_cast<SQLLEN>(values[i].bytes.size());
  }
  bind_parameter(owner, handle, index, binary ? as_binary : as_text, longest, held.bytes.data(),
                 longest, held.lengths.data());
}

}  // namespace sluice::odbc
