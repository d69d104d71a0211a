#include "runtime/net/turns.hpp"

#include <map>

namespace sluice::net {

void turns::go_on() {
  std::size_t taken = 0;
  std::map<std::string, std::size_t> shares;
  for (const auto& p : places_) {
    if (!p.taken) continue;
    ++taken;
    ++shares[p.whose];
  }
  for (auto& p : places_) {
    if (taken >= all_) return;
    if (p.taken || shares[p.whose] >= share_) continue;
    p.taken = true;
    ++taken;
    ++shares[p.whose];
  }
}

void turns::ticket::want() {
  if (place_ != from_.places_.end()) return;
  place_ = from_.places_.insert(from_.places_.end(), {whose_});
  from_.go_on();
}

void turns::ticket::give_back() {
  if (place_ == from_.places_.end()) return;
  from_.places_.erase(place_);
  place_ = from_.places_.end();
  from_.go_on();
}

}  // namespace sluice::net
