// Serves a node's metrics and health over HTTP, for monitoring.
#pragma once

#include <functional>
#include <memory>

#include "messages/protocol.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/metrics/exposition.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/web/listener.hpp"

namespace sluice::node {

/// What the listener reads: the node actor, and facts that do not change while the node runs.
struct observed_node {
  caf::actor_system& system;  ///< must outlive the listener
  node_actor actor;
  std::shared_ptr<metrics::registry> counts;
  metrics::node_sample facts;  ///< without `process`
  log::logger log;
  /// Why the node cannot record anything at present; code `none` if it can. Any thread.
  std::function<error()> trouble;
};

/// Serves `/metrics`, `/healthz` and `/readyz` until it is destroyed.
std::unique_ptr<web::listener> serve_http(web::listening_port port, const observed_node& node);

}  // namespace sluice::node
