// Signed assertions, with which token servers give tokens (RFC 7519, RFC 7523).
#pragma once

#include <chrono>
#include <string>

#include "messages/timestamp.hpp"

namespace sluice::credentials {

/// What an assertion says (RFC 7523, section 3). Empty members are left out.
struct assertion_claims {
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string scope;  ///< Google's
  /// Google takes an hour at most, Salesforce about three minutes.
  std::chrono::seconds life{180};
};

/// A JSON Web Token that is signed with RS256. `pem`: the RSA private key; `key_id`: its id, empty
/// for none. Throws `failure` (invalid_config) if it is no such key.
std::string signed_assertion(const assertion_claims& claims, const std::string& pem,
                             const std::string& key_id, timestamp now);

}  // namespace sluice::credentials
