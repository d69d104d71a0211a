// What a node tells over HTTP to those who watch it: metrics and health.
#pragma once

#include <functional>
#include <memory>

#include "messages/protocol.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/metrics/exposition.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/web/listener.hpp"

namespace sluice::node {

/// What the listener asks, and what does not change while the node runs.
struct observed_node {
  caf::actor_system& system;  ///< must outlive the listener
  node_actor actor;
  std::shared_ptr<metrics::registry> counts;
  metrics::node_sample facts;  ///< but for `process`
  log::logger log;
  /// What keeps the node from recording anything; code `none` if nothing does. Any thread.
  std::function<error()> trouble;
};

/// Serves `/metrics`, `/healthz` and `/readyz` until it is destroyed.
std::unique_ptr<web::listener> serve_http(web::listening_port port, const observed_node& node);

}  // namespace sluice::node
