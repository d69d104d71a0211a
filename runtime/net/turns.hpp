// A bounded number of turns, shared among owners; each owner may have a bounded share.
#pragma once

#include <cstddef>
#include <list>
#include <string>

namespace sluice::net {

/// The longest waiting ticket is next, unless its owner has as many turns as its share. Not thread
/// safe.
class turns {
 public:
  struct bounds {
    std::size_t total = 0;
    std::size_t share = 0;  ///< of one owner
  };

  explicit turns(bounds most) : total_(most.total), share_(most.share) {}

  class ticket;

 private:
  struct claim {
    std::string owner;
    bool taken = false;
  };
  using claims = std::list<claim>;  ///< the oldest one in front

  /// Gives free turns to waiting tickets.
  void go_on();

  std::size_t total_;
  std::size_t share_;
  claims claims_;
};

/// One client's claim to a turn. The turns outlive it.
class turns::ticket {
 public:
  ticket(turns& from, std::string owner) : from_(from), owner_(std::move(owner)) {}
  ~ticket() { give_back(); }
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;

  /// Queues for a turn, unless the ticket has one or is queued.
  void want();
  [[nodiscard]] bool has_turn() const { return claim_ != from_.claims_.end() && claim_->taken; }
  /// Gives the turn, or the place in the queue, back.
  void give_back();

 private:
  turns& from_;
  std::string owner_;
  claims::iterator claim_ = from_.claims_.end();
};

}  // namespace sluice::net
