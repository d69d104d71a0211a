// A request on its way to the operation that it asks for.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <variant>

#include "runtime/api/plan.hpp"
#include "runtime/api/refusal.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::api {

/// By somebody who was admitted. The operation plans what is to be done, or throws `refused`.
struct asked {
  const web::request& request;
  caller who;
  connection_name connection = {};  ///< in the path; a name
  run_id run = {};                  ///< in the path; a run's id
};

/// A question with the usual answer to an error. `render`: `web::response(const ANSWER&)`.
template <class Answer, class Command, class Render>
question question_of(const asked& a, Command ask, Render render) {
  return {
      .ask = std::move(ask),
      .render = [render = std::move(render)](
                    const command::any_answer& answer) { return render(std::get<Answer>(answer)); },
      .refuse = [path = a.request.path](const error& why) { return to_response(why, path); }};
}
/// The same of a command that changes something; `doing` is its line in the log.
template <class Answer, class Command, class Render>
question change_of(const asked& a, Command ask, const std::string& doing, Render render) {
  auto out = question_of<Answer>(a, std::move(ask), std::move(render));
  out.change = a.connection.empty() ? doing : doing + " " + a.connection;
  return out;
}

/// Has an error in naming a run, which is the client's, answered with 404.
void run_may_be_unknown(const asked& a, question& q);

/// Throws `refused` (403) unless the caller may see keys, reasons, previews and row logs.
void require_rows(const asked& a);

}  // namespace sluice::api
