// Printable forms of settings that hold secrets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/log/secret_name.hpp"

namespace sluice::config {

using log::names_a_secret;
using log::plain_name;

/// The printable form of a secret: references stay, also behind a scheme as in `Bearer
/// ${env:TOKEN}`; anything else is `***`.
std::string shown_secret(const std::string& written);

/// From now on masks the literals of a secret, without references, templates and scheme, in all
/// texts and not only in the printed configuration, since APIs repeat what they receive. A scheme
/// by itself, such as `bearer`, is no secret.
void keep_secret(const std::string& written);

/// The same for secrets in an address: settings of its query with secret names.
void keep_secrets_of_url(const std::string& url);

/// From now on masks the secrets in an address with resolved references: user and password, the
/// values of its query, steps of its path that do not look like words, as in Slack's webhooks, and
/// with them the whole path.
void keep_secrets_of_address(std::string_view resolved);

/// Which settings in the query of an address count as secrets.
enum class masked_settings : std::uint8_t {
  named,  ///< settings with a secret name
  all,
};

/// The printable form of an address: the part before an @ and secrets in its query are shown by
/// `shown_secret`; with `all`, also long steps of its path that do not look like words.
std::string shown_url(const std::string& url, masked_settings masked);

}  // namespace sluice::config
