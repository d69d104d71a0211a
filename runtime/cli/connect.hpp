// Connects to a node as the options of a command say.
#pragma once

#include "runtime/cli/commands.hpp"
#include "runtime/net/node_client.hpp"

namespace sluice::cli {

/// The certificate that the options name. Throws `failure` (usage) if they name only some of its
/// files.
inline std::optional<net::tls_files> tls_files_of(const shim_options& how) {
  if (how.certificate.empty() && how.key.empty() && how.ca.empty()) return std::nullopt;
  if (how.certificate.empty() || how.key.empty() || how.ca.empty())
    throw failure(errc::usage, "read options", {}, "--cert, --key and --ca go together",
                  "give all three, or $SLUICE_CERT, $SLUICE_KEY and $SLUICE_CA");
  return net::tls_files{how.certificate, how.key, how.ca};
}

/// Throws `failure` (usage) if the certificate is a node's: nodes do not take commands from it.
void refuse_nodes_certificate(const net::tls_files& files);

/// Connects as the options say. Throws `failure` as node_client does, (usage) for a bad address or
/// certificate.
inline net::node_client connect(const shim_options& how) {
  const auto where = net::parse_address(how.node);
  const auto tls = tls_files_of(how);
  if (tls && where.is_tls()) refuse_nodes_certificate(*tls);
  return net::node_client{{.where = where, .tls = tls, .timeout = how.timeout}};
}

/// The operator's name in records and logs of the node: the party of the certificate
/// (`operator:ci`), or the user of this machine (`ada@dwh1`).
std::string caller_of(const shim_options& how);

}  // namespace sluice::cli
