#include "runtime/credentials/keyring.hpp"

#include <utility>

#include "messages/error.hpp"
#include "runtime/credentials/credential_status.hpp"

namespace sluice::credentials {

keyring::keyring(node_name node, std::filesystem::path folder, log::logger log,
                 const credential_configs& configured, bool notes)
    : node_(std::move(node)), folder_(std::move(folder)), log_(std::move(log)), notes_(notes) {
  configure(configured);
}

void keyring::configure(const credential_configs& configured) {
  std::map<std::string, entry> next;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, config] : configured) {
    const auto known = entries_.find(name);
    const bool same = known != entries_.end() && known->second.config == config;
    next.emplace(
        name, same ? known->second
                   : entry{config, make_credential(config, {name, node_, folder_, log_, notes_})});
  }
  entries_.swap(next);
}

std::shared_ptr<credential> keyring::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw failure(errc::invalid_config, "find credential", name,
                  "node " + node_ + " has none of that name",
                  "add it to \"credentials\" in the node.json of the node that delivers");
  return found->second.object;
}

std::vector<credential_status> keyring::list() const {
  credential_configs configured;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, known] : entries_) configured.emplace(name, known.config);
  }
  return list_credentials(configured, node_, folder_);
}

}  // namespace sluice::credentials
