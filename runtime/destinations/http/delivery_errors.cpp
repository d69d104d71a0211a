#include "runtime/destinations/http/delivery_errors.hpp"

#include <utility>

#include "messages/timestamp.hpp"
#include "runtime/config/duration.hpp"

namespace sluice::destinations {
namespace {

error failed(const request_plan& plan, std::string cause, std::string hint) {
  return {errc::destination_failed, "deliver", plan.shown(), std::move(cause), std::move(hint)};
}

}  // namespace

error no_way_to(const request_plan& plan, const http::http_answer& answer) {
  return failed(plan, http::in_words(answer),
                "check destination." + plan.config().name +
                    ".url; certificates are always verified, and destination.tls names CA, "
                    "certificate and key");
}

error refused_for_all(const request_plan& plan, status_class why, const http::http_answer& answer) {
  if (answer.status == 407)
    return failed(plan, http::in_words(answer),
                  "it is the proxy that asks for credentials: check https_proxy and http_proxy in "
                  "the environment of the node");
  if (why == status_class::credentials)
    return failed(plan, http::in_words(answer),
                  "check the credentials in destination.headers, destination.auth or "
                  "destination.basic_auth");
  return no_such_address(plan, http::in_words(answer));
}

error no_such_address(const request_plan& plan, const std::string& words) {
  return failed(plan, words,
                "check method and url of destination." + plan.config().name +
                    ", and what its body names; redirects are not followed");
}

error given_up(const request_plan& plan, const traffic& shared) {
  const auto patience = config::to_text(shared.patience());
  const auto words = shared.last_words();
  if (const auto at = shared.ask_again_at())
    return failed(plan,
                  words + "; the API wants to be asked again at " + format_timestamp(*at) +
                      ", later than destination.retry.give_up_after (" + patience + ") allows",
                  "what is left is part of the next sync; the schedule waits until then, and "
                  "`sluice sync` does not");
  return failed(plan,
                "no request has succeeded for " + patience + (words.empty() ? "" : ": " + words),
                "what is left is part of the next sync; destination.retry.give_up_after says how "
                "long to go on trying");
}

}  // namespace sluice::destinations
