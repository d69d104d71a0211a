// The certificate of the API, which others renew while the node runs.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>

#include "runtime/log/logger.hpp"
#include "runtime/net/tls_server.hpp"

namespace sluice::node {

/// Looks at its files every minute as long as it lives. What has changed and can be used is handed
/// to `renewed`, by a thread of the actor system; what cannot is logged once, and the certificate
/// before it stays in use.
class api_certificate {
 public:
  using renewed = std::function<void(std::shared_ptr<const net::tls_server>)>;

  api_certificate(caf::actor_system& system, const net::server_files& files, renewed tell,
                  const log::logger& log);
  ~api_certificate();
  api_certificate(const api_certificate&) = delete;
  api_certificate& operator=(const api_certificate&) = delete;

 private:
  caf::actor watch_;
};

}  // namespace sluice::node
