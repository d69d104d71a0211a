// Reads the limits of APIs: of a destination, and of accounts that destinations share.
#pragma once

#include <map>
#include <string>

#include "runtime/config/http_config.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

/// Reads `rate_limit`, `concurrency` and `quota_headers` of `of`.
request_limits read_limits(section& of);

/// How a request can have more rows than `of` ever admits at once: "..."; empty if none can.
std::string too_many_rows(const http_config& destination, const request_limits& of);

/// Reads the section `accounts` of node.json.
std::map<std::string, request_limits> read_accounts(const json_value& accounts);

}  // namespace sluice::config
