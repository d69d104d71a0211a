// One finding out for all who ask the same at the same time.
#pragma once

#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>
#include <functional>
#include <utility>
#include <vector>

namespace sluice::actors {

/// Whoever asks while the answer is being found out waits for the next one, so that nobody gets an
/// answer that is older than the question; all who wait get that one. However many ask, one finding
/// out is under way. Used by one actor.
template <class Reply>
class joined_question {
 public:
  using promise = caf::typed_response_promise<Reply>;

  /// `find_out` begins; whoever does calls `settle` at the end, or before it returns.
  explicit joined_question(std::function<void()> find_out = {}) : find_out_(std::move(find_out)) {}

  void ask(promise asker) {
    waiting_.push_back(std::move(asker));
    if (!under_way_) begin();
  }

  /// Answers those for whom it was found out.
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
  std::vector<promise> asking_;  ///< for whom it is being found out
  bool under_way_ = false;
};

}  // namespace sluice::actors
