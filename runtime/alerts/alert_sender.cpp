#include "runtime/alerts/alert_sender.hpp"

#include <utility>

#include "messages/error.hpp"
#include "runtime/config/references.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::alerts {
namespace {

config::http_config settings(std::chrono::milliseconds timeout) {
  config::http_config out;
  out.timeout = timeout;
  return out;
}

/// The address with its references replaced. What stands in a query for a secret is masked from now
/// on, and so is an address that is secret as a whole.
std::string address(const config::notify_config& to) {
  std::string url;
  for (const auto& piece : config::parse_references(to.url).pieces) {
    const auto value = config::value_of(piece, to.directory);
    const bool literal = piece.what == config::text_piece::kind::literal;
    if (!literal && url.find('?') != std::string::npos) log::secrets().add(value);
    url += value;
  }
  if (url != to.url) log::secrets().add(url);
  return url;
}

destinations::http_request request_of(const alert& what, timestamp sent_at, std::uint64_t dropped) {
  const auto& to = *what.to;
  destinations::http_request out{"POST", address(to), {}, {}, true};
  out.body = body_of(what, sent_at, dropped);
  for (const auto& [name, value] : headers_of(what)) out.headers.push_back(name + ": " + value);
  if (!to.secret.empty()) {
    const auto secret = config::expand(to.secret, to.directory);
    if (secret.empty())
      throw failure(errc::invalid_config, "sign alert", to.secret, "the secret is empty", {});
    log::secrets().add(secret);
    out.headers.push_back("X-Sluice-Signature: " + signature(secret, out.body));
  }
  return out;
}

alert_reply::outcome judge(int status) {
  using enum alert_reply::outcome;
  if (status >= 200 && status < 300) return delivered;
  const bool later =
      status == 0 || status == 408 || status == 425 || status == 429 || status >= 500;
  return later ? failed : refused;
}

}  // namespace

alert_sender::alert_sender(schedule::clock now, std::chrono::milliseconds timeout)
    : now_(std::move(now)),
      client_(settings(timeout), destinations::http_client::when_stopped::break_off) {}

alert_reply alert_sender::send(const alert& what, std::uint64_t dropped,
                               const std::stop_token& stop) {
  try {
    const auto answer = client_.send(request_of(what, now_(), dropped), stop);
    const auto outcome = judge(answer.status);
    if (outcome == alert_reply::outcome::delivered) return {outcome, {}};
    return {outcome, destinations::in_words(answer), answer.retry_after};
  } catch (const failure& f) {  // a reference has no value at present
    return {alert_reply::outcome::failed, f.info().message()};
  }
}

}  // namespace sluice::alerts
