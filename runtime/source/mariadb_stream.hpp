// Streams in pages: MariaDB's driver holds every result in memory as a whole.
#pragma once

#include <memory>
#include <vector>

#include "runtime/source/row_stream.hpp"

namespace sluice::source {

/// Pages by key within one snapshot where `model` has a page order, else pages of a numbered
/// temporary copy, which takes the right CREATE TEMPORARY TABLES.
std::unique_ptr<row_stream> open_mariadb_stream(odbc::connection& on,
                                                const model_description& model,
                                                const std::vector<std::size_t>& columns);

}  // namespace sluice::source
