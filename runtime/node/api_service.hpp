// A node's API over HTTP: its server, its actors, and who may ask.
#pragma once

#include <caf/all.hpp>
#include <memory>
#include <optional>

#include "actors/common/api_protocol.hpp"
#include "runtime/api/desk.hpp"
#include "runtime/config/config.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/net/tls_server.hpp"
#include "runtime/node/api_certificate.hpp"
#include "runtime/web/server.hpp"

namespace sluice::node {

/// What an API needs to be served: whatever is wrong with that is found out before the node starts.
struct api_opening {
  /// Throws `failure`: (invalid_config) for tokens without a value and PEM files that cannot be
  /// used, (state_locked) for a port that is taken.
  explicit api_opening(const config::node_config& config);

  web::listening_port port;
  std::shared_ptr<const net::tls_server> tls;  ///< null: in the clear
  std::unique_ptr<api::desk> desk;
};

class api_service {
 public:
  /// Spawns the actors; serves nobody yet. `config` and `system` must outlive it.
  api_service(caf::actor_system& system, const config::node_config& config, api_opening opening,
              const log::logger& log);
  /// Hangs up on everybody.
  ~api_service();
  api_service(const api_service&) = delete;
  api_service& operator=(const api_service&) = delete;

  [[nodiscard]] const api_actor& actor() const { return api_; }
  /// Serves whoever asks, from now on.
  void serve(const api_fronts& fronts);
  /// Ends streams, refuses what still comes, and lets what is under way be answered, for a moment.
  void close();

 private:
  class guarded_desk;

  caf::actor_system& system_;
  const config::api_config& config_;
  api_opening opening_;
  log::logger log_;
  std::shared_ptr<guarded_desk> desk_;
  api_actor api_;
  std::shared_ptr<web::server> server_;
  std::optional<api_certificate> certificate_;
};

}  // namespace sluice::node
