// How an API identifies the rows of a run, by the configured `identity` of their values. Pure.
#pragma once

#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/identity_rule.hpp"
#include "runtime/config/http_config.hpp"

namespace sluice::destinations {

/// The rule for the keys of `schema`. A key column follows the setting for its name, else for a
/// mapped field that copies it, else for all key columns; without a setting its canonical form
/// counts. Throws `failure` (invalid_config) if a setting names neither a key column nor such a
/// field.
identity_rule api_identity(const config::http_config& config, const row_schema& schema);

/// The key columns that are texts and have no setting, not even `exact`.
std::vector<std::string> keys_of_unsaid_identity(const config::http_config& config,
                                                 const row_schema& schema);

/// The same for the value that `variable` names, which need not be part of the key. REQUIRES:
/// `schema` has this value.
identity_column identity_of_value(const config::http_config& config, const row_schema& schema,
                                  const config::template_variable& variable);

}  // namespace sluice::destinations
