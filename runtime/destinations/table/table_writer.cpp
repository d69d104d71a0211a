#include "runtime/destinations/table/table_writer.hpp"

namespace sluice::destinations {

std::size_t row_bytes(const rows_view& rows, std::size_t row) {
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < rows.width(); ++c) bytes += rows.at(row, c).bytes.size();
  return bytes;
}

std::unique_ptr<table_writer> make_table_writer(odbc::connection& connection,
                                                const table_layout& layout) {
  switch (connection.kind()) {
    case odbc::product::postgresql:
      return make_postgresql_writer(connection, layout);
    case odbc::product::mariadb:
      return make_mariadb_writer(connection, layout);
    case odbc::product::sqlite:
      return make_sqlite_writer(connection, layout);
    case odbc::product::generic:
      break;
  }
  return make_generic_writer(connection, layout);
}

}  // namespace sluice::destinations
