// A front that notes the commands that it gets and answers as the test says.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "messages/cluster_protocol.hpp"
#include "messages/handlers.hpp"
#include "tests/support/actor_fixture.hpp"

namespace sluice::test {

struct front_script {
  std::vector<std::string> seen;  ///< commands, with their connections
  std::vector<caf::strong_actor_ptr> askers;
  bool silent = false;  ///< answers later, when the test says so
  std::vector<caf::response_promise> unanswered;
  /// By key of the command: what it is refused with.
  std::map<std::string, error> refusals;
  run_record run;
  std::vector<connection_status> connections;
};

namespace front_double_detail {

template <command::known C>
typename C::answer answer_of(const front_script& s) {
  using answer = typename C::answer;
  if constexpr (std::is_same_v<answer, run_record>)
    return s.run;
  else if constexpr (std::is_same_v<C, command::connections>)
    return s.connections;
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
  return {[](hello_atom, const std::string&) { return node_info{}; },
          [=](const Commands& c) { return take(self, *s, c); }...};
}

}  // namespace front_double_detail

/// `script` must outlive it.
inline front_actor::behavior_type front_double(front_actor::pointer self, front_script* script) {
  install_handlers(*self, "answer", "front double");
  return front_double_detail::behavior_of(self, script, command::all{});
}

}  // namespace sluice::test
