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

struct signing_key {
  std::string pem;      ///< an RSA private key
  std::string id = {};  ///< by which the server finds its public half; empty: it is not said
};

/// A JSON Web Token that is signed with RS256. Throws `failure` (invalid_config) if the key is none
/// of RSA.
std::string signed_assertion(const assertion_claims& claims, const signing_key& key, timestamp now);

}  // namespace sluice::credentials
