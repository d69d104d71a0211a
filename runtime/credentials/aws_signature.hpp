// AWS Signature Version 4. Pure.
//
// Source: AWS, "Create a signed AWS API request". libcurl signs too, but up to 8.x it gets queries
// and paths wrong that have to be encoded.
#pragma once

#include <string>

#include "messages/timestamp.hpp"
#include "runtime/http/http_request.hpp"

namespace sluice::credentials {

struct aws_keys {
  std::string id;
  std::string secret;
  std::string session_token;  ///< of temporary keys; else empty
};

/// What a signature is good for.
struct aws_scope {
  std::string region;
  std::string service;
};

/// Adds the headers of a signed request: X-Amz-Date, X-Amz-Security-Token for temporary keys,
/// X-Amz-Content-Sha256 for S3, and Authorization. All headers of the request are signed, with its
/// host and its body as they are: neither may change any more. Throws `failure` (internal) if
/// OpenSSL fails.
void sign_for_aws(http::http_request& request, const aws_keys& keys, const aws_scope& scope,
                  timestamp now);

}  // namespace sluice::credentials
