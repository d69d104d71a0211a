#include "actors/api/client.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "actors/api/ask_front.hpp"
#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

/// The answer that is owed. Used by one actor.
class owed_answer {
 public:
  explicit owed_answer(client_actor::pointer self)
      : self_(self), promise_(self->make_response_promise<front_answer>()) {}

  [[nodiscard]] caf::typed_response_promise<front_answer> promise() const { return *promise_; }
  /// Ends the actor. Forgets the promise: it keeps the actor.
  template <class Answer>
  void give(Answer answer) {
    if (auto promise = std::exchange(promise_, std::nullopt)) promise->deliver(std::move(answer));
    self_->quit();
  }

 private:
  client_actor::pointer self_;
  std::optional<caf::typed_response_promise<front_answer>> promise_;
};

caf::result<front_answer> ask(client_actor::pointer self, const client_args& args) {
  const auto owed = std::make_shared<owed_answer>(self);
  const auto promise = owed->promise();
  self->set_exit_handler([owed](const caf::exit_msg&) {
    owed->give(to_caf({errc::cancelled, "ask", {}, "the client hung up", {}}));
  });
  ask_front(
      *self, args.front, args.what, args.patience,
      [owed](command::any_answer answer) {
        owed->give(front_answer{std::make_shared<command::any_answer>(std::move(answer))});
      },
      [owed](const error& why) { owed->give(to_caf(why)); });
  return promise;
}

}  // namespace

client_actor::behavior_type client(client_actor::pointer self, client_args args) {
  install_handlers(*self, "ask", "");
  return {[self, args = std::move(args)](next_atom) { return ask(self, args); }};
}

}  // namespace sluice::actors
