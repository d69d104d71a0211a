#include "runtime/api/desk.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/api/body.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/routes.hpp"
#include "runtime/api/same_origin.hpp"

namespace sluice::api {
namespace {

constexpr std::string_view session_path = "/api/v1/session";

gate_settings settings_of(const config::api_config& api, const std::string& node) {
  gate_settings out{.node = node,
                    .listen = api.listen.text(),
                    .port = api.listen.port,
                    .encrypted = api.tls.has_value(),
                    .hosts = api.hosts,
                    .tokens = {},
                    .session_idle = api.session_idle,
                    .session_longest = api.session_longest};
  for (const auto& token : api.tokens)
    out.tokens.push_back({{.name = token.name, .operates = token.operates, .sees_rows = token.rows},
                          config::token_value(api, token)});
  return out;
}

[[noreturn]] void refuse_method(const web::request& r, const std::string& allowed) {
  refusal why{405, "method_not_allowed", r.path + " does not take " + r.method,
              "it takes " + allowed};
  why.headers.emplace_back("Allow", allowed);
  throw refused(std::move(why));
}

[[noreturn]] void refuse_path(const web::request& r) {
  throw refused({404, "unknown_path", "nothing is at " + r.path,
                 "the API is below /api/v1 and /v2, and the console at /ui/ where it is served"});
}

}  // namespace

desk::desk(const config::api_config& api, const std::string& node, std::function<moment()> clock,
           pages console, secret_source secrets)
    : has_console_(api.console),
      clock_(std::move(clock)),
      console_(std::move(console)),
      gate_(settings_of(api, node), std::move(secrets)) {}

understood desk::understand(const web::request& r) {
  try {
    if (auto why = gate_.refuse_host(r)) throw refused(std::move(*why));
    return serve(r);
  } catch (const refused& why) {
    return {to_response(why.why(), r.path)};
  }
}

understood desk::serve(const web::request& r) {
  if (r.path == session_path) return serve_session(r);
  if (!is_compatible(r.path) && !r.path.starts_with("/api/v1/")) return {serve_page(r)};
  auto admitted = gate_.admit(r, clock_());
  if (!admitted.who) return {to_response(*admitted.refused, r.path), {}, admitted.failed};
  try {
    return {plan_of(r, *admitted.who), *admitted.who};
  } catch (const refused& why) {
    return {to_response(why.why(), r.path), *admitted.who};
  }
}

plan desk::serve_page(const web::request& r) const {
  constexpr std::string_view below = "/ui/";
  if (!has_console_) refuse_path(r);
  const bool asks = is_safe(r);
  if (r.path == "/" || r.path == "/ui") {
    if (!asks) refuse_method(r, "GET, HEAD");
    auto out = nothing();
    out.status = 302;
    // Relative, so that a proxy may have the console below a path of its own.
    out.headers.emplace_back("Location", "ui/");
    return out;
  }
  if (!r.path.starts_with(below)) refuse_path(r);
  if (!asks) refuse_method(r, "GET, HEAD");
  auto page = console_(r, std::string_view(r.path).substr(below.size()));
  if (!page) refuse_path(r);
  return std::move(*page);
}

understood desk::serve_session(const web::request& r) {
  if (r.method == "POST") return sign_in(r);
  if (!is_safe(r) && r.method != "DELETE") refuse_method(r, "GET, HEAD, POST, DELETE");
  const auto admitted = gate_.admit(r, clock_());
  if (!admitted.who) return {to_response(*admitted.refused, r.path), {}, admitted.failed};
  if (is_safe(r)) return {session_response(*admitted.who), *admitted.who};
  auto out = nothing();
  if (!admitted.who->session.empty())
    out.headers.emplace_back("Set-Cookie", gate_.sign_out(*admitted.who));
  return {std::move(out), *admitted.who};
}

understood desk::sign_in(const web::request& r) {
  if (!has_console_)
    throw refused({404, "no_console", "the node serves no console, and takes no sessions",
                   "send the header Authorization: Bearer TOKEN with each request"});
  if (auto why = refuse_other_origin_if_told(r)) throw refused(std::move(*why));
  body proof(r.body, body::manner::strict);
  const auto token = proof.text("token");
  const auto code = proof.text("code");
  if (token.has_value() == code.has_value())
    proof.complain(token ? "code" : "token",
                   token ? "goes without \"token\" only" : "or \"code\" has to be there");
  proof.check();
  auto began =
      token ? gate_.sign_in_with_token(*token, clock_()) : gate_.sign_in_with_code(*code, clock_());
  if (!began) {
    const refusal why{
        401, "bad_credentials",
        token ? "the token is not one of this node" : "the code was used already, or is too old",
        token ? "it has to be one of \"tokens\" in the section \"api\" of node.json"
              : "run `sluice console` again"};
    return {to_response(why, r.path), {}, true};
  }
  auto out = session_response(began->who);
  out.headers.emplace_back("Set-Cookie", began->cookie);
  return {std::move(out), std::move(began->who)};
}

web::response desk::session_response(const caller& who) const {
  const auto end = gate_.end_of_session(who, clock_());
  return json_response({{"name", who.name},
                        {"role", who.operates ? "operator" : "observer"},
                        {"rows", who.sees_rows},
                        {"expires_at", end ? nlohmann::ordered_json(format_timestamp(*end))
                                           : nlohmann::ordered_json()}});
}

std::string desk::issue_code(caller who) {
  if (!has_console_)
    throw failure(
        errc::invalid_config, "open console", {}, "the node serves no console",
        "take \"console\": false out of the section \"api\" of node.json, and restart it");
  return gate_.issue_code(std::move(who), clock_());
}

bool desk::is_welcome(const caller& who) const { return gate_.is_welcome(who, clock_()); }

web::response refuse(const web::request& r, const error& why) { return to_response(why, r.path); }

web::response refuse_transport(int status, const std::string& text, std::string_view target) {
  const auto code = [&] {
    switch (status) {
      case 408:
        return "timed_out";
      case 413:
        return "body_too_large";
      case 414:
      case 431:
        return "head_too_large";
      case 429:
      case 503:
        return "exhausted";
      default:
        return status < 500 ? "bad_request" : "internal";
    }
  }();
  refusal why{status, code, text};
  if (status == 429 || status == 503) why.headers.emplace_back("Retry-After", "5");
  // Clients that read errors strictly are those of RudderStack.
  const auto path = std::string(target.substr(0, target.find('?')));
  return to_response(why, path.empty() ? "/v2" : path);
}

}  // namespace sluice::api
