#include "actors/cluster/forwarder.hpp"

#include <functional>
#include <memory>
#include <utility>

#include "messages/any_request.hpp"
#include "messages/handlers.hpp"
#include "messages/protocol.hpp"

namespace sluice::actors {
namespace {

using std::chrono::milliseconds;

/// Nodes answer in milliseconds. Shorter than the wait of a shim, so that the shim is told what
/// is wrong.
constexpr milliseconds answer_patience{5'000};

/// The question that is under way.
class question : public std::enable_shared_from_this<question> {
 public:
  question(caf::event_based_actor* self, forwarder_args args)
      : self_(self), args_(std::move(args)) {}

  caf::result<caf::message> ask(const caf::message& command) {
    const auto asker = self_->current_sender();  // the promise takes it
    auto promise = self_->make_response_promise();
    fail_ = [promise](caf::error e) mutable { promise.deliver(std::move(e)); };
    self_->set_down_handler(
        [me = shared_from_this(), asker = caf::actor_cast<caf::actor_addr>(asker)](
            const caf::down_msg& dm) { me->end(dm.source == asker ? caf::error{} : me->lost()); });
    self_->monitor(args_.there);
    if (asker) self_->monitor(asker);
    send_request(
        *self_,
        {.to = args_.there,
         .what = command,
         .limit = args_.takes ? caf::duration{answer_patience + *args_.takes} : caf::infinite},
        [me = shared_from_this(), promise](caf::message answer) mutable {
          promise.deliver(std::move(answer));
          me->end({});
        },
        [me = shared_from_this()](caf::error e) {
          me->end(e == caf::sec::request_timeout ? me->silent() : std::move(e));
        });
    return promise;
  }

 private:
  /// Answers with an error, if there is one. Forgets the promise, which would keep the actor alive.
  void end(caf::error why) {
    if (const auto fail = std::exchange(fail_, nullptr); fail && why) fail(std::move(why));
    self_->quit();
  }
  [[nodiscard]] caf::error lost() const {
    return to_caf({errc::unreachable, args_.operation, "node " + args_.node,
                   "the connection with it was lost before it answered",
                   "whether it did what was asked is not known; `sluice nodes` shows the links"});
  }
  [[nodiscard]] caf::error silent() const {
    return to_caf({errc::timed_out, args_.operation, "node " + args_.node,
                   "it is linked and did not answer within " +
                       std::to_string(answer_patience.count() / 1000) + " s",
                   "is it frozen or overloaded? Whether it did what was asked is not known"});
  }

  caf::event_based_actor* self_;
  forwarder_args args_;
  std::function<void(caf::error)> fail_;
};

}  // namespace

caf::behavior forwarder(caf::event_based_actor* self, const forwarder_args& args) {
  install_handlers(*self, "ask node", args.node);
  const auto q = std::make_shared<question>(self, args);
  return {[q](caf::forward_atom, const caf::message& command) { return q->ask(command); }};
}

}  // namespace sluice::actors
