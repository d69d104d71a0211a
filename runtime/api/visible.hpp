// What of a run and of a connection somebody sees who is not to see rows.
#pragma once

#include "messages/run.hpp"
#include "runtime/api/plan.hpp"

namespace sluice::api {

/// Without the texts in which databases and APIs repeat values of rows: the causes of some errors,
/// and warnings. Codes and counts stay.
run_record without_rows(run_record run);
connection_status without_rows(connection_status status);

/// As `who` sees it.
template <class Record>
Record as_seen_by(const caller& who, const Record& record) {
  return who.sees_rows ? record : without_rows(record);
}

}  // namespace sluice::api
