#include "runtime/net/turns.hpp"

#include <map>

namespace sluice::net {

void turns::go_on() {
  std::size_t taken = 0;
  std::map<std::string, std::size_t> shares;
  for (const auto& c : claims_) {
    if (!c.taken) continue;
    ++taken;
    ++shares[c.owner];
  }
  for (auto& c : claims_) {
    if (taken >= total_) return;
    if (c.taken || shares[c.owner] >= share_) continue;
    c.taken = true;
    ++taken;
    ++shares[c.owner];
  }
}

void turns::ticket::want() {
  if (claim_ != from_.claims_.end()) return;
  claim_ = from_.claims_.insert(from_.claims_.end(), {owner_});
  from_.go_on();
}

void turns::ticket::give_back() {
  if (claim_ == from_.claims_.end()) return;
  from_.claims_.erase(claim_);
  claim_ = from_.claims_.end();
  from_.go_on();
}

}  // namespace sluice::net
