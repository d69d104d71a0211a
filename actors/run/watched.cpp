#include "actors/run/watched.hpp"

namespace sluice::actors {

watched watch_list::watch(const caf::strong_actor_ptr& who) {
  if (!who) return nullptr;
  auto& known = all_[who->address()];
  if (auto present = known.lock()) return present;
  self_->monitor(who->address());
  watched fresh(new caf::actor_addr(who->address()), [this](const caf::actor_addr* address) {
    const std::unique_ptr<const caf::actor_addr> owned(address);
    all_.erase(*address);
    self_->demonitor(*address);
  });
  known = fresh;
  return fresh;
}

}  // namespace sluice::actors
