// Chooses the writer of a connection.
#pragma once

#include <memory>

#include "runtime/destinations/table/table_layout.hpp"
#include "runtime/destinations/table/table_writer.hpp"
#include "runtime/odbc/connection.hpp"

namespace sluice::destinations {

/// The writer for `connection.kind()`. Must not outlive `connection`. Throws odbc_error.
std::unique_ptr<table_writer> make_table_writer(odbc::connection& connection,
                                                const table_layout& layout);

}  // namespace sluice::destinations
