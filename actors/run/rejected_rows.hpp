// The catalog's entries for rows that could not be delivered.
#pragma once

#include <vector>

#include "messages/batch.hpp"
#include "messages/run.hpp"
#include "runtime/diff/differ.hpp"

namespace sluice::actors {

/// One entry for each rejection in `outcome`, the key rendered as JSON, the reason cut to its first
/// 2,048 bytes. The entry of a row with the fate `unknown` says that the row is in doubt.
std::vector<rejected_row> rejected_rows(const batch& deltas, const batch_outcome& outcome,
                                        const row_schema& schema, timestamp now);

/// One entry for each row that is invalid in the source; `null` stands for a key that cannot be
/// read.
std::vector<rejected_row> rejected_rows(const std::vector<diff::invalid_row>& rows,
                                        const row_schema& schema, timestamp now);

}  // namespace sluice::actors
