#include "runtime/odbc/column_kind.hpp"

#include <sql.h>
#include <sqlext.h>

namespace sluice::odbc {

column_kind kind_of_type(std::int16_t code) {
  switch (code) {
    case SQL_CHAR:
    case SQL_VARCHAR:
    case SQL_LONGVARCHAR:
    case SQL_WCHAR:
    case SQL_WVARCHAR:
    case SQL_WLONGVARCHAR:
      return column_kind::text;
    case SQL_BIT:
      return column_kind::boolean;
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT:
      return column_kind::integer;
    case SQL_DECIMAL:
    case SQL_NUMERIC:
      return column_kind::decimal;
    case SQL_REAL:
    case SQL_FLOAT:
    case SQL_DOUBLE:
      return column_kind::real;
    case SQL_TYPE_DATE:
      return column_kind::date;
    case SQL_TYPE_TIME:
      return column_kind::time;
    case SQL_TYPE_TIMESTAMP:
      return column_kind::timestamp;
    case SQL_GUID:
      return column_kind::uuid;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY:
      return column_kind::binary;
    default:
      return column_kind::other;
  }
}

}  // namespace sluice::odbc
