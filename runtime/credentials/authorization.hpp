// How a person authorises an app: the authorisation code of RFC 6749, section 4.1, with PKCE
// (RFC 7636), for programs on one's own machine (RFC 8252). Pure but for chance.
#pragma once

#include <string>
#include <string_view>

#include "runtime/config/credential_config.hpp"

namespace sluice::credentials {

/// What the browser is sent with, and what has to come back.
struct authorization {
  std::string url;       ///< for the browser
  std::string state;     ///< it has to come back: another page must not slip in its own code
  std::string verifier;  ///< for the token server
  std::string redirect;  ///< where the browser comes back to
};

/// `of` is resolved. Throws `failure` (invalid_config) if it names no `authorize_url`.
authorization begin_authorization(const config::oauth2_credential& of, const std::string& redirect);

/// The code in the address with which the browser came back, `…?code=…&state=…`. Throws `failure`
/// (destination_failed) with the server's words if it refused, and if the address is of something
/// else.
std::string code_in(std::string_view came_back, const authorization& begun);

}  // namespace sluice::credentials
