#include "runtime/node/tls.hpp"

#include "messages/error.hpp"

namespace sluice::node {

std::shared_ptr<const net::tls_context> tls_context_of(const config::node_config& config) {
  if (!config.tls) return nullptr;
  auto context = std::make_shared<net::tls_context>(
      net::tls_files{config.tls->certificate, config.tls->key, config.tls->ca});
  const net::party wanted{net::party_kind::node, config.name};
  if (context->self() != wanted)
    throw failure(errc::invalid_config, "read certificate", config.tls->certificate.string(),
                  "it is for " + context->self().text() + ", and this is " + wanted.text(),
                  "name the node as its certificate does, in \"node\", or give it its own");
  return context;
}

}  // namespace sluice::node
