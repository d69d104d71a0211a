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

}  // namespace sluice::config
