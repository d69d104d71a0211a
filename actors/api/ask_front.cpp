#include "actors/api/ask_front.hpp"

#include <caf/all.hpp>
#include <utility>
#include <variant>

#include "messages/any_request.hpp"

namespace sluice::actors {
namespace {

template <command::known C>
void ask_one(caf::scheduled_actor& self, const front_actor& front, const C& what,
             std::chrono::milliseconds patience, std::function<void(command::any_answer)> answered,
             std::function<void(const error&)> failed) {
  using answer = typename C::answer;
  const auto takes = command::time_of(what);
  send_request(
      self,
      {.to = caf::actor_cast<caf::strong_actor_ptr>(front),
       .what = caf::make_message(what),
       .limit = takes ? caf::duration{patience + *takes} : caf::infinite,
       .priority = C::facts.changes ? caf::message_priority::high : caf::message_priority::normal},
      [answered = std::move(answered), failed](caf::message m) {
        if (m.match_elements<answer>())
          answered(std::move(m.get_mutable_as<answer>(0)));
        else
          failed(to_error(caf::sec::unexpected_response, std::string(C::facts.name)));
      },
      [failed](const caf::error& e) { failed(to_error(e, std::string(C::facts.name))); });
}

}  // namespace

void ask_front(caf::scheduled_actor& self, const front_actor& front, const command::any& what,
               std::chrono::milliseconds patience,
               std::function<void(command::any_answer)> answered,
               std::function<void(const error&)> failed) {
  std::visit(
      [&](const auto& c) {
        ask_one(self, front, c, patience, std::move(answered), std::move(failed));
      },
      what);
}

}  // namespace sluice::actors
