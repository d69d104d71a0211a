// Requests to token servers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/timestamp.hpp"
#include "runtime/config/credential_config.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/http/http_request.hpp"

namespace sluice::credentials {

/// A body of the type application/x-www-form-urlencoded, and the query of an address.
std::string form_text(const std::vector<std::pair<std::string, std::string>>& fields);

/// An `oauth2` credential with its references replaced; its secrets are masked in all texts from
/// now on. Throws `failure` (invalid_config) if a reference has no value.
config::oauth2_credential resolved(const config::oauth2_credential& written,
                                   const std::filesystem::path& base);

/// How a client asks the token server of a credential.
config::http_config client_settings(const config::credential_config& of);

// The three requests of a resolved `oauth2` credential.

/// Asks for a token with the client's own rights, or with an assertion. Reads the key file each
/// time. Throws `failure` (invalid_config) if it cannot be read or is no key.
http::http_request first_request(const config::oauth2_credential& of, timestamp now);
/// Asks with a refresh token (RFC 6749, section 6).
http::http_request refresh_request(const config::oauth2_credential& of,
                                   const std::string& refresh_token);
/// Asks with the code that the browser brought (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
http::http_request code_request(const config::oauth2_credential& of, const std::string& code,
                                const std::string& redirect, const std::string& verifier);

/// The request of a service account of Google. Reads its key file each time. Throws `failure`
/// (invalid_config) if it is none.
http::http_request google_request(const config::google_credential& of,
                                  const std::filesystem::path& base, timestamp now);

}  // namespace sluice::credentials
