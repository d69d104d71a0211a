#include "messages/version.hpp"

namespace sluice {

std::optional<error> version_mismatch(const std::string& own, caller who, const std::string& theirs,
                                      const std::string& where) {
  if (own == theirs) return std::nullopt;
  const bool command = who == caller::command;
  return error{
      errc::unreachable, command ? "connect to node" : "link with node", where,
      "it is version " + own + ", this " + (command ? "command" : "node") + " is version " + theirs,
      command ? "use the `sluice` of the node's version, or restart the node with this one"
              : "run the same version on all nodes of a cluster"};
}

}  // namespace sluice
