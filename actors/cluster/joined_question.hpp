// One search for the answer to all who ask the same at the same time.
#pragma once

#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>
#include <functional>
#include <utility>
#include <vector>

namespace sluice::actors {

/// A question that comes during a search waits for the next one, so that no answer is older than
/// its question; all questions that wait get the same answer. However many ask, one search is under
/// way. Used by one actor.
template <class Reply>
class joined_question {
 public:
  using promise = caf::typed_response_promise<Reply>;

  /// `find_out` begins the search, which calls `settle` at its end, or before `find_out` returns.
  explicit joined_question(std::function<void()> find_out = {}) : find_out_(std::move(find_out)) {}

  void ask(promise asker) {
    waiting_.push_back(std::move(asker));
    if (!under_way_) begin();
  }

  /// Answers the questions for which the search began.
  void settle(const Reply& reply) {
    answer([&](promise& p) { p.deliver(reply); });
  }
  void settle(const caf::error& why) {
    answer([&](promise& p) { p.deliver(why); });
  }

 private:
  void begin() {
    under_way_ = true;
    asking_ = std::exchange(waiting_, {});
    find_out_();
  }
  template <class Deliver>
  void answer(const Deliver& deliver) {
    for (auto& p : std::exchange(asking_, {})) deliver(p);
    under_way_ = false;
    if (!waiting_.empty()) begin();
  }

  std::function<void()> find_out_;
  std::vector<promise> waiting_;
  std::vector<promise> asking_;  ///< for whom the search is under way
  bool under_way_ = false;
};

}  // namespace sluice::actors
