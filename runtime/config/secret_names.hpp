// Names of settings that hold secrets.
#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

/// The name in the form that names are compared in: letters and digits only, lower case.
std::string plain_name(std::string_view name);

/// True for names such as Password, AccessToken, Authorization or X-Api-Key, and for texts that
/// hold one.
bool names_a_secret(std::string_view name);

/// A secret as it may be printed: references stay, also behind a scheme as in `Bearer
/// ${env:TOKEN}`; anything else is `***`.
std::string shown_secret(const std::string& written);

}  // namespace sluice::config
