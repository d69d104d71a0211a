// How an API tells the rows of a run apart, by what its configuration says of their values. Pure.
#pragma once

#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/identity_rule.hpp"
#include "runtime/config/http_config.hpp"

namespace sluice::destinations {

/// The rule for the keys of `schema`. A key column goes by what is said of its name, else of a
/// mapped field that copies it, else of every key column, else by its canonical form. Throws
/// `failure` (invalid_config) if the configuration insists on a name that is neither.
identity_rule api_identity(const config::http_config& config, const row_schema& schema);

/// The key columns that are texts and of which nothing is said, not even that they are `exact`.
std::vector<std::string> keys_of_unsaid_identity(const config::http_config& config,
                                                 const row_schema& schema);

/// The same for the one value that `variable` names, which need not be part of the key. REQUIRES:
/// `schema` has it.
identity_column identity_of_value(const config::http_config& config, const row_schema& schema,
                                  const config::template_variable& variable);

}  // namespace sluice::destinations
