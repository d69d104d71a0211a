// Reads credentials, those with a name and those of a destination alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/credential_config.hpp"
#include "runtime/config/http_config.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

/// Reads the section `credentials` of node.json.
std::map<std::string, credential_config> read_credentials(const json_value& credentials);

/// Reads one credential: an object with one member, which names its kind.
std::optional<credential_config> read_credential(const json_value& value);

/// The printable form of a credential; its literal secrets are masked in all texts from now on.
ordered_json shown_credential(ordered_json credential);

/// Reads where the server of an API is named; nothing where that is not said.
std::optional<base_url_config> read_base_url(const json_value& base_url);

/// A setting of a destination that does not go with its credential.
struct unfit_setting {
  std::string key;
  std::string problem;
  std::string hint;
};
std::vector<unfit_setting> unfit_settings(const http_config& destination,
                                          const credential_config& credential);

}  // namespace sluice::config
