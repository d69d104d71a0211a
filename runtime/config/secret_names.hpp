// Settings that hold secrets, as they may be printed.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/log/secret_name.hpp"

namespace sluice::config {

using log::names_a_secret;
using log::plain_name;

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
