#include "runtime/destinations/http/accounts.hpp"

#include <utility>

#include "messages/error.hpp"

namespace sluice::destinations {

accounts::accounts(std::filesystem::path folder, log::logger log, const configured& limits)
    : folder_(std::move(folder)), log_(std::move(log)) {
  configure(limits);
}

void accounts::configure(const configured& limits) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, entry> next;
  for (const auto& [name, wanted] : limits) {
    const auto known = entries_.find(name);
    if (known != entries_.end() && known->second.limits == wanted) {
      next.emplace(name, known->second);
      continue;
    }
    if (known != entries_.end()) known->second.object->close();
    next.emplace(name, entry{wanted, std::make_shared<account>(
                                         wanted, account::home{folder_ / (name + ".json"), log_})});
  }
  for (const auto& [name, old] : entries_)
    if (!next.contains(name)) old.object->close();
  entries_ = std::move(next);
}

std::shared_ptr<account> accounts::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw failure(errc::invalid_config, "find account", name, "node.json has no such account",
                  "add it to \"accounts\" of node.json");
  return found->second.object;
}

}  // namespace sluice::destinations
