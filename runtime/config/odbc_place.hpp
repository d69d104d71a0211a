// Which attributes of a connection string say which data a connection reaches.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/odbc_attributes.hpp"
#include "runtime/config/secret_string.hpp"

namespace sluice::config {

/// The place that `attributes` name, under our own names: server, port, database, schema and what
/// else drivers have for it. Neither users nor secrets, also where an address holds them, and
/// nothing that only says how (time-outs, TLS, a warehouse that computes). Of several attributes
/// for one name the first counts, as it does for drivers. The names and values become part of the
/// ledger's identity: a name may be added, never changed.
std::map<std::string_view, std::string> place_of(const std::vector<odbc_attribute>& attributes);

/// The place that a connection string names, as an object. Throws `failure` (invalid_config) if a
/// reference has no value.
nlohmann::ordered_json identity_of(const secret_string& connection_string);

}  // namespace sluice::config
