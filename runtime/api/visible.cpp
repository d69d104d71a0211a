#include "runtime/api/visible.hpp"

#include <string>

namespace sluice::api {
namespace {

constexpr auto hidden = "hidden from those who may not see rows";

/// Whether the cause is in the words of a database or an API, or repeats them.
bool may_quote_rows(errc code) {
  return code == errc::source_failed || code == errc::destination_failed || code == errc::guarded ||
         code == errc::internal;
}

void hide(error& why) {
  if (may_quote_rows(why.code)) why.cause = hidden;
}

}  // namespace

run_record without_rows(run_record run) {
  hide(run.failed);
  for (auto& warning : run.warnings) warning = hidden;
  return run;
}

connection_status without_rows(connection_status status) {
  hide(status.blocked);
  if (status.run) status.run = without_rows(*status.run);
  return status;
}

}  // namespace sluice::api
