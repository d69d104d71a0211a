// Answers from several actors that become one.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace sluice::actors {

/// What is gathered, and how many answers are still to come. Done when none is: with the last
/// answer, or with `all_asked` if all came before. Used by one actor, whose handlers of the answers
/// keep it alive.
template <class Found>
class gathering {
 public:
  /// `done` is called once, with what was gathered.
  static std::shared_ptr<gathering> begin(std::function<void(Found&)> done) {
    return std::shared_ptr<gathering>(new gathering(std::move(done)));
  }

  Found found{};

  /// Another actor was asked.
  void expect() { ++missing_; }
  /// The answer of an actor is in `found`, or will not come.
  void arrived() {
    if (--missing_ == 0) std::exchange(done_, nullptr)(found);
  }
  /// No other actor will be asked.
  void all_asked() { arrived(); }

 private:
  explicit gathering(std::function<void(Found&)> done) : done_(std::move(done)) {}

  std::function<void(Found&)> done_;
  std::size_t missing_ = 1;  ///< with `all_asked`
};

}  // namespace sluice::actors
