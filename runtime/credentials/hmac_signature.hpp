// Signatures of a request's body, as webhooks have them: HMAC-SHA256 (RFC 2104). Pure.
#pragma once

#include "messages/timestamp.hpp"
#include "runtime/config/credential_config.hpp"
#include "runtime/http/http_request.hpp"

namespace sluice::credentials {

/// Adds the header with the signature, and the one with the time if there is one. The body and the
/// headers that the signature covers must not change any more. `with`: its secret is resolved.
/// Throws `failure` (invalid_config) if the secret is no base64 where it is to be, or the request
/// has no header that `message` names.
void sign_by_hmac(http::http_request& request, const config::hmac_credential& with, timestamp now);

}  // namespace sluice::credentials
