// The operations of `/api/v1` that ask the cluster something. Each plans what is to be done, or
// throws `refused`. The document of all of them is openapi.json.
#pragma once

#include "runtime/api/asked.hpp"

namespace sluice::api::v1 {

// -- v1_connections.cpp
plan list_connections(const asked& a);
plan get_connection(const asked& a);
plan get_config(const asked& a);
plan enable(const asked& a);
plan disable(const asked& a);
plan reset(const asked& a);
plan preview(const asked& a);

// -- v1_runs.cpp
plan list_runs(const asked& a);
plan start_run(const asked& a);
plan get_run(const asked& a);
plan stop_run(const asked& a);

// -- v1_rejected.cpp
plan list_rejected(const asked& a);

// -- v1_rows.cpp
plan list_rows(const asked& a);

// -- v1_node.cpp
plan get_node(const asked& a);
plan list_nodes(const asked& a);
plan list_credentials(const asked& a);
plan reload(const asked& a);
plan events(const asked& a);
plan get_openapi(const asked& a);

}  // namespace sluice::api::v1
