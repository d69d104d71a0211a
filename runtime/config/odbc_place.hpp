// The attributes of a connection string that name the data it leads to.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/odbc_attributes.hpp"
#include "runtime/config/secret_string.hpp"

namespace sluice::config {

/// The location that `attributes` name, under Sluice's own names: server, port, database, schema
/// and drivers' further attributes. Without users and secrets, also those inside an address, and
/// without settings of the access itself (time-outs, TLS, a warehouse that computes). Of several
/// attributes for one name the first counts, as for drivers. The names and values become part of
/// the ledger's identity: a name may be added, never changed.
std::map<std::string_view, std::string> place_of(const std::vector<odbc_attribute>& attributes);

/// The location that a connection string names, as an object. Throws `failure` (invalid_config) if
/// a reference has no value.
nlohmann::ordered_json identity_of(const secret_string& connection_string);

}  // namespace sluice::config
