// All writers. None must outlive its connection or its layout; all throw odbc_error.
#pragma once

#include <memory>

#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/destinations/table/table_writer.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// One per product; `make_generic_writer` works with any that knows SQL-92.
std::unique_ptr<table_writer> make_postgresql_writer(odbc::connection&, const table_layout&);
std::unique_ptr<table_writer> make_mariadb_writer(odbc::connection&, const table_layout&);
std::unique_ptr<table_writer> make_sqlite_writer(odbc::connection&, const table_layout&);
std::unique_ptr<table_writer> make_generic_writer(odbc::connection&, const table_layout&);

}  // namespace sluice::destinations
