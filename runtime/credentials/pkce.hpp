// Proof Key for Code Exchange (RFC 7636): a stolen authorisation code is of no use.
#pragma once

#include <string>
#include <string_view>

namespace sluice::credentials {

/// A secret of this process, which the token server is shown at the end (section 4.1).
std::string new_code_verifier();

/// What the authorisation server is shown at the beginning, method S256 (section 4.2).
std::string code_challenge(std::string_view verifier);

}  // namespace sluice::credentials
