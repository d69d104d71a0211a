// A bounded number of turns, shared out among owners who each may have a bounded share.
#pragma once

#include <cstddef>
#include <list>
#include <string>

namespace sluice::net {

/// The longest waiting ticket is next, unless its owner has as many turns as its share. Not thread
/// safe.
class turns {
 public:
  turns(std::size_t all, std::size_t share) : all_(all), share_(share) {}

  class ticket;

 private:
  struct place {
    std::string whose;
    bool taken = false;
  };
  using places = std::list<place>;  ///< the oldest one in front

  /// Gives free turns to waiting tickets.
  void go_on();

  std::size_t all_;
  std::size_t share_;
  places places_;
};

/// One client's claim to a turn. The turns outlive it.
class turns::ticket {
 public:
  ticket(turns& from, std::string whose) : from_(from), whose_(std::move(whose)) {}
  ~ticket() { give_back(); }
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;

  /// Queues for a turn, unless it has one or is queued.
  void want();
  [[nodiscard]] bool has_turn() const { return place_ != from_.places_.end() && place_->taken; }
  /// Gives the turn, or the place in the queue, back.
  void give_back();

 private:
  turns& from_;
  std::string whose_;
  places::iterator place_ = from_.places_.end();
};

}  // namespace sluice::net
