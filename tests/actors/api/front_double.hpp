// A front that notes the commands that it gets and answers as the test says.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "messages/cluster_protocol.hpp"
#include "messages/handlers.hpp"
#include "tests/support/actor_fixture.hpp"

namespace sluice::test {

/// What a double does and has seen. REQUIRES: it outlives the double.
struct front_script {
  std::vector<std::string> seen;  ///< commands, with their connections
  std::vector<caf::strong_actor_ptr> askers;
  bool silent = false;  ///< answers later, when the test says so
  std::vector<caf::response_promise> unanswered;
  /// Answers that the double gives with its next message. It has to be the double that gives them:
  /// a promise of CAF 0.17 is kept on the worker of its actor, and that of a test_coordinator is
  /// there only while the actor handles a message.
  std::vector<std::function<void()>> owed;
  front_actor itself;
  /// By key of the command: what it is refused with.
  std::map<std::string, error> refusals;
  run_record run;
  std::vector<connection_status> connections;
  std::vector<node_status> nodes;

  /// Answers the oldest question that is unanswered, once actors run.
  template <class T>
  void answer(T with) {
    owed.emplace_back([promise = unanswered.at(0), with]() mutable { promise.deliver(with); });
    unanswered.erase(unanswered.begin());
    caf::anon_send(itself, hello_atom_v, std::string());
  }
  /// The double ends once actors run; what it has not answered would keep it.
  void end() { caf::anon_send_exit(std::exchange(itself, {}), caf::exit_reason::user_shutdown); }
};

namespace front_double_detail {

template <command::known C>
typename C::answer answer_of(const front_script& s) {
  using answer = typename C::answer;
  if constexpr (std::is_same_v<answer, run_record>)
    return s.run;
  else if constexpr (std::is_same_v<C, command::connections>)
    return s.connections;
  else if constexpr (std::is_same_v<C, command::nodes>)
    return s.nodes;
  else
    return {};
}

template <command::known C>
caf::result<typename C::answer> take(front_actor::pointer self, front_script& s, const C& c) {
  const auto connection = command::connection_of(c);
  s.seen.push_back(std::string(C::facts.key) + (connection.empty() ? "" : " " + connection));
  s.askers.push_back(self->current_sender());
  if (const auto refused = s.refusals.find(std::string(C::facts.key)); refused != s.refusals.end())
    return to_caf(refused->second);
  if (!s.silent) return answer_of<C>(s);
  s.unanswered.push_back(self->make_response_promise());
  return caf::delegated<typename C::answer>{};
}

template <class... Commands>
front_actor::behavior_type behavior_of(front_actor::pointer self, front_script* s,
                                       command::pack<Commands...>) {
  return {[=](hello_atom, const std::string&) {
            for (const auto& give : std::exchange(s->owed, {})) give();
            return node_info{};
          },
          [=](const Commands& c) { return take(self, *s, c); }...};
}

}  // namespace front_double_detail

inline front_actor::behavior_type front_double(front_actor::pointer self, front_script* script) {
  script->itself = self;
  install_handlers(*self, "answer", "front double");
  return front_double_detail::behavior_of(self, script, command::all{});
}

}  // namespace sluice::test
