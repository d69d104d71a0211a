#include "runtime/odbc/column_kind.hpp"

#include <doctest/doctest.h>
#include <sql.h>
#include <sqlext.h>

#include <initializer_list>

using namespace sluice::odbc;

TEST_CASE("what drivers call a type becomes a kind, whatever its width") {
  using enum column_kind;
  for (const auto code : {SQL_CHAR, SQL_VARCHAR, SQL_LONGVARCHAR, SQL_WCHAR, SQL_WLONGVARCHAR})
    CHECK(kind_of_type(static_cast<std::int16_t>(code)) == text);
  for (const auto code : {SQL_TINYINT, SQL_SMALLINT, SQL_INTEGER, SQL_BIGINT})
    CHECK(kind_of_type(static_cast<std::int16_t>(code)) == integer);
  for (const auto code : {SQL_BINARY, SQL_VARBINARY, SQL_LONGVARBINARY})
    CHECK(kind_of_type(static_cast<std::int16_t>(code)) == binary);
  for (const auto code : {SQL_REAL, SQL_FLOAT, SQL_DOUBLE})
    CHECK(kind_of_type(static_cast<std::int16_t>(code)) == real);
  CHECK(kind_of_type(SQL_NUMERIC) == decimal);
  CHECK(kind_of_type(SQL_BIT) == boolean);
  CHECK(kind_of_type(SQL_TYPE_DATE) == date);
  CHECK(kind_of_type(SQL_TYPE_TIME) == time);
  CHECK(kind_of_type(SQL_TYPE_TIMESTAMP) == timestamp);
  CHECK(kind_of_type(SQL_GUID) == uuid);
}

TEST_CASE("a type that no standard names is of another kind") {
  CHECK(kind_of_type(SQL_INTERVAL_YEAR) == column_kind::other);
  CHECK(kind_of_type(SQL_UNKNOWN_TYPE) == column_kind::other);
  CHECK(kind_of_type(-32'000) == column_kind::other);
}
