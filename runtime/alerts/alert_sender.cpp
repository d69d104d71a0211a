#include "runtime/alerts/alert_sender.hpp"

#include <utility>

#include "messages/error.hpp"
#include "runtime/alerts/alert_body.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::alerts {
namespace {

config::http_config settings(std::chrono::milliseconds timeout) {
  config::http_config out;
  out.timeout = timeout;
  return out;
}

/// The address with its references replaced. Secrets in the address are masked from now on; so are
/// values of references in the query, and an address that is secret as a whole.
std::string address(const config::notify_config& to) {
  std::string url;
  for (const auto& piece : config::parse_references(to.url).pieces) {
    const auto value = config::value_of(piece, to.directory);
    const bool literal = piece.what == config::text_piece::kind::literal;
    if (!literal && url.find('?') != std::string::npos) log::secrets().add(value);
    url += value;
  }
  if (url != to.url) log::secrets().add(url);
  config::keep_secrets_of_address(url);
  return url;
}

/// A secret with its references replaced, which is masked from now on; "" if there is none.
std::string secret(const std::string& written, const std::filesystem::path& base,
                   const char* operation) {
  if (written.empty()) return "";
  auto value = config::expand(written, base);
  if (value.empty())
    throw failure(errc::invalid_config, operation, written, "the secret is empty", {});
  log::secrets().add(value);
  return value;
}

http::http_request request_of(const alert& what, timestamp sent_at, std::uint64_t dropped) {
  const auto& to = *what.to;
  http::http_request out{"POST", address(to) + path_of(what), {}, {}, true};
  const auto key = secret(to.key, to.directory, "send alert");
  out.body = body_of(what, sent_at, dropped, key);
  for (const auto& [name, value] : headers_of(what)) out.headers.push_back(name + ": " + value);
  if (to.format == config::alert_format::opsgenie)
    out.headers.push_back("Authorization: GenieKey " + key);
  if (!to.secret.empty()) {
    const auto known = secret(to.secret, to.directory, "sign alert");
    out.headers.push_back("X-Sluice-Signature: " + signature(known, out.body));
  }
  return out;
}

alert_reply::outcome judge(const http::http_answer& answer, config::alert_format format) {
  using enum alert_reply::outcome;
  const auto status = answer.status;
  if (status >= 200 && status < 300) {
    // A connector of Teams answers a request that came too soon with 200 and this text.
    const bool denied = format == config::alert_format::teams &&
                        answer.body.text().find("message delivery failed") != std::string::npos;
    return denied ? failed : delivered;
  }
  const bool later =
      status == 0 || status == 408 || status == 425 || status == 429 || status >= 500;
  return later ? failed : refused;
}

}  // namespace

alert_sender::alert_sender(schedule::clock now, std::chrono::milliseconds timeout)
    : now_(std::move(now)),
      client_(settings(timeout), http::http_client::when_stopped::break_off) {}

alert_reply alert_sender::send(const alert& what, std::uint64_t dropped,
                               const std::stop_token& stop) {
  try {
    const auto answer = client_.send(request_of(what, now_(), dropped), stop);
    const auto outcome = judge(answer, what.to->format);
    if (outcome == alert_reply::outcome::delivered) return {outcome, {}};
    return {outcome, http::in_words(answer), answer.retry_after};
  } catch (const failure& f) {  // a reference has no value at present
    return {alert_reply::outcome::failed, f.info().message()};
  }
}

}  // namespace sluice::alerts
