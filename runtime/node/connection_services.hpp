// The source, ledger and destination of a configured connection, ready to be opened.
#pragma once

#include <memory>
#include <string>

#include "actors/common/protocol.hpp"
#include "actors/delivery/remote_destination.hpp"
#include "actors/run/run_services.hpp"
#include "runtime/credentials/keyring.hpp"
#include "runtime/destinations/http/accounts.hpp"
#include "runtime/ledger/shared_ledgers.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/node/state_dir.hpp"
#include "runtime/schedule/ulid.hpp"

namespace sluice::node {

/// What all connections of a node share.
struct node_context {
  node_name name;
  log::logger log;
  const state_dir& state;
  std::shared_ptr<schedule::ulid_generator> ids;
  std::shared_ptr<metrics::registry> counts;
  alerts_actor alerts = {};  ///< null until the actors are spawned
  std::shared_ptr<ledger::shared_ledgers> ledgers;
  std::shared_ptr<actors::preview_permits> previews;
  std::shared_ptr<actors::hung_threads> hung;
  std::shared_ptr<credentials::keyring> keys;
  std::shared_ptr<destinations::accounts> accounts;
  /// For connections whose rows another node delivers.
  std::shared_ptr<actors::cluster_access> cluster = std::make_shared<actors::cluster_access>();
};

/// Opens nothing: every part is opened by the actor that uses it, in its own thread.
std::shared_ptr<const actors::run_services> connection_services(
    const config::connection_config& config, const node_context& node);

}  // namespace sluice::node
