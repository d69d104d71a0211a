#include "runtime/api/row_file.hpp"

#include "messages/ascii.hpp"

namespace sluice::api {

row_format wanted_format(const web::request& r) {
  const auto wanted = r.header("Accept");
  if (contains(wanted, "text/csv")) return row_format::csv;
  if (contains(wanted, "application/x-ndjson")) return row_format::json_lines;
  return row_format::json;
}

}  // namespace sluice::api
