// From the options of a command to a node that answers.
#pragma once

#include "runtime/cli/commands.hpp"
#include "runtime/net/node_client.hpp"

namespace sluice::cli {

/// Connects as the options say. Throws `failure` as node_client does, (usage) for a bad address.
inline net::node_client connect(const shim_options& how) {
  return net::node_client{{.where = net::parse_address(how.node), .timeout = how.timeout}};
}

}  // namespace sluice::cli
