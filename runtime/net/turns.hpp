// A bounded number of things at a time, shared out among those who want them.
#pragma once

#include <cstddef>
#include <list>
#include <string>

namespace sluice::net {

/// Whoever has waited longest goes next, but nobody has more than a share, however many clients
/// it sends. Not thread safe.
class turns {
 public:
  turns(std::size_t all, std::size_t share) : all_(all), share_(share) {}

  class ticket;

 private:
  struct place {
    std::string whose;
    bool taken = false;
  };
  using places = std::list<place>;  ///< who came first is in front

  /// Gives turns to those who wait, as far as there are any.
  void go_on();

  std::size_t all_;
  std::size_t share_;
  places places_;
};

/// One client's claim. Outlived by the turns.
class turns::ticket {
 public:
  ticket(turns& from, std::string whose) : from_(from), whose_(std::move(whose)) {}
  ~ticket() { give_back(); }
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;

  /// Waits for a turn, unless it has one or waits already.
  void want();
  [[nodiscard]] bool has_turn() const { return place_ != from_.places_.end() && place_->taken; }
  /// Has no turn and wants none any more.
  void give_back();

 private:
  turns& from_;
  std::string whose_;
  places::iterator place_ = from_.places_.end();
};

}  // namespace sluice::net
