// Names of settings that hold secrets.
#pragma once

#include <cstdint>
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

/// Which settings in the query of an address are secrets.
enum class masked_settings : std::uint8_t {
  named,  ///< those whose name tells of one
  all,
};

/// An address as it may be printed: what stands before an @ and secrets in its query as
/// `shown_secret` shows them.
std::string shown_url(const std::string& url, masked_settings masked);

}  // namespace sluice::config
