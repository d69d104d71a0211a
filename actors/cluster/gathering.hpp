// Answers from several actors that become one.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace sluice::actors {

/// What is gathered, and how many answers are still to come. It is done once, when none is: with
/// the last answer, or with `all_asked` if every one was there before. Used by one actor; whoever
/// handles an answer keeps it.
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
  /// Its answer is in `found`, or there will be none.
  void arrived() {
    if (--missing_ == 0) std::exchange(done_, nullptr)(found);
  }
  /// Nobody else will be asked.
  void all_asked() { arrived(); }

 private:
  explicit gathering(std::function<void(Found&)> done) : done_(std::move(done)) {}

  std::function<void(Found&)> done_;
  std::size_t missing_ = 1;  ///< with `all_asked`
};

}  // namespace sluice::actors
