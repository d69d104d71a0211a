#include "runtime/destinations/table/table_writer_factory.hpp"

#include "runtime/destinations/table/product_writers.hpp"

namespace sluice::destinations {

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
