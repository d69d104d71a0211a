// The operations of `/v2`, as clients of RudderStack's Reverse ETL Connections API know them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "messages/run.hpp"
#include "runtime/api/asked.hpp"

namespace sluice::api::v2 {

/// A run as those clients read a sync: three status words, and `error` exactly with `failed`. Every
/// other word would have them ask for ever.
nlohmann::ordered_json sync_of(const run_record& run);

// -- v2_start_stop.cpp
plan start_sync(const asked& a);
plan stop_sync(const asked& a);

// -- v2_syncs.cpp
plan list_syncs(const asked& a);
plan get_sync(const asked& a);

// -- v2_connections.cpp
plan list_connections(const asked& a);
plan get_connection(const asked& a);

}  // namespace sluice::api::v2
