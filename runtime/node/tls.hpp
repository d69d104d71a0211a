// The TLS identity of a node.
#pragma once

#include <memory>

#include "runtime/config/config.hpp"
#include "runtime/net/tls_channel.hpp"

namespace sluice::node {

/// Reads the files that `tls` names; null if `tls` is left out. Throws `failure` (invalid_config)
/// if they cannot be used, or are not this node's.
std::shared_ptr<const net::tls_context> tls_context_of(const config::node_config& config);

}  // namespace sluice::node
