// Reads the parts of an HTTP destination's section.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/http_config.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

/// The names of values beside the rows, by their source; none of a source that there is not.
struct names_beside {
  std::vector<std::string> lookup;
  std::vector<std::string> known;
};

/// Settings of a destination for all its requests; a request may override them.
struct shared_by_requests {
  explicit shared_by_requests(section& destination);

  json_value headers, results, answer, statuses;
  body_format format;
  csv_layout csv;
  std::uint32_t batch_rows;
  bool has_base_url;  ///< addresses begin with the path
  names_beside beside;
};

/// Reads the request `value`. `name` is that of `http_request_config`. Records every problem.
http_request_config read_http_request(const json_value& value, const std::string& name,
                                      const shared_by_requests& shared);

/// The section `lookup`; nothing if it is absent or null.
std::optional<http_lookup> read_lookup(const json_value& lookup, const shared_by_requests& shared);

/// Complains about a look-up at `lookup` that does not fit the requests of `config`, which it is
/// part of.
void check_lookup(const json_value& lookup, const http_config& config);

/// Complains about `value` if `name` cannot name a header.
void check_header_name(const json_value& value, const std::string& name);

struct written_address {
  const std::string& url;    ///< may begin with a reference
  std::string_view example;  ///< for the hint
};

/// Complains about `value` if its address is none of a server by http or https, or has a fragment.
/// Returns the part that names the server, with the part before an @.
std::string check_address(const json_value& value, const written_address& written);

/// Whether there is white space or a control character outside of references.
bool has_blank(const std::string& written);

struct identity_section {
  const json_value& whole;  ///< after the preset was filled in
  const json_value& own;    ///< what the connection itself has; must name existing fields
};

std::vector<http_identity> read_identity(const identity_section& identity);

/// The `results` section; nothing if it is absent or null. In a request per row, every item is
/// about that row unless `match` is set.
std::optional<http_results> read_http_results(const json_value& results, bool per_row);

/// The `tls` section of a client; paths are empty where it says nothing.
tls_files read_tls(const json_value& tls);

/// A JSON pointer (RFC 6901); complains about anything else that is present.
std::optional<std::string> read_pointer(const json_value& value);

/// Reads names of values and where an answer has them. Templates name them behind `source`.
std::vector<taken_value> read_taken(const json_value& taken, const std::string& source);
/// The names that `read_taken` finds in the object `key` of `section`, which may be no object.
std::vector<std::string> names_taken(const json_value& section, const char* key);
/// Complains about what cannot be remembered of the answers to a request.
void check_remember(const json_value& remember, const http_request_config& request);

/// The `answer` section; nothing if it is absent or null.
std::optional<answer_rules> read_answer_rules(const json_value& answer);

/// Complains about results of a delete at `results` that match a mapped field.
void check_results_of_delete(const json_value& results, const http_results& read);

}  // namespace sluice::config
