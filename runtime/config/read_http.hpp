// Reading the parts of an HTTP destination's section.
#pragma once

#include <optional>
#include <string>

#include "runtime/config/http_config.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

/// What a destination says for all its requests, which may say something else themselves.
struct shared_by_requests {
  explicit shared_by_requests(section& destination);

  json_value headers, results, answer, statuses;
  std::uint32_t batch_rows;
};

/// The request at `place`. `name` is its key. Records every problem.
http_request_config read_http_request(const json_value& value, const std::string& name,
                                      const shared_by_requests& shared);

/// Complains at `place` if `name` cannot be that of a header.
void check_header_name(const json_value& value, const std::string& name);

/// Complains at `place` if `url`, as it was written, is no http or https address of a server, or
/// has a fragment; a reference may stand for its beginning. The part that names the server, with
/// what stands before an @.
std::string check_address(const json_value& value, const std::string& url,
                          const std::string& example);

/// White space or a control character, but for those inside references.
bool has_blank(const std::string& written);

/// The `identity` section, after its preset was filled in; `own`: what of it the connection itself
/// says, which must name what there is.
std::vector<http_identity> read_identity(const json_value& identity, const json_value& own);

/// The `results` section; nothing if it is absent or null. Of a request per row every item is about
/// its one row, unless `match` says otherwise.
std::optional<http_results> read_http_results(const json_value& results, bool per_row);

/// The `answer` section; nothing if it is absent or null.
std::optional<answer_rules> read_answer_rules(const json_value& answer);

/// Complains about results of a delete at `results` that match a mapped field.
void check_results_of_delete(const json_value& results, const http_results& read);

}  // namespace sluice::config
