#include "runtime/net/version.hpp"

namespace sluice::net {

const std::string& own_version() {
  static const std::string version = SLUICE_VERSION;
  return version;
}

std::optional<error> version_mismatch(const std::string& node, const std::string& client,
                                      const std::string& where) {
  if (node == client) return std::nullopt;
  return error{errc::unreachable, "connect to node", where,
               "it is version " + node + ", this command is version " + client,
               "use the `sluice` of the node's version, or restart the node with this one"};
}

}  // namespace sluice::net
