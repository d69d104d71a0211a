// The lists that people page through: runs and rejected rows that match a query.
#pragma once

#include <string>
#include <vector>

#include "messages/queries.hpp"
#include "runtime/catalog/database.hpp"

namespace sluice::catalog {

/// See catalog::list_runs.
run_list list_runs(database& db, const connection_name& connection, const run_query& which,
                   const std::vector<run_record>& present);

/// See catalog::list_rejected.
rejected_list list_rejected(database& db, const connection_name& connection,
                            const rejected_query& which);

}  // namespace sluice::catalog
