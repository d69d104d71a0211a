// Settings that hold secrets, as they may be printed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/log/secret_name.hpp"

namespace sluice::config {

using log::names_a_secret;
using log::plain_name;

/// A secret as it may be printed: references stay, also behind a scheme as in `Bearer
/// ${env:TOKEN}`; anything else is `***`.
std::string shown_secret(const std::string& written);

/// From now on the literals of a secret, without references, templates and the scheme in front, are
/// masked in all texts, as they are where the configuration is printed: APIs repeat what they were
/// sent. A scheme by itself, such as `bearer`, is none.
void keep_secret(const std::string& written);

/// The same for what is secret in an address: settings of its query by their names.
void keep_secrets_of_url(const std::string& url);

/// From now on masks what is secret in an address whose references are resolved: user and password,
/// what its query says, steps of its path that are unlike words, as those of Slack's webhooks, and
/// with them the path as a whole.
void keep_secrets_of_address(std::string_view resolved);

/// Which settings in the query of an address are secrets.
enum class masked_settings : std::uint8_t {
  named,  ///< those whose name tells of one
  all,
};

/// An address as it may be printed: what stands before an @ and secrets in its query as
/// `shown_secret` shows them; with `all`, long steps of its path that are unlike words, too.
std::string shown_url(const std::string& url, masked_settings masked);

}  // namespace sluice::config
