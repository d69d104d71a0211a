#include "runtime/api/gatekeeper.hpp"

#include <utility>

#include "runtime/api/credentials.hpp"
#include "runtime/api/same_origin.hpp"

namespace sluice::api {
namespace {

refusal unauthorized(std::string detail, std::string hint) {
  return {401, "unauthorized", std::move(detail), std::move(hint)};
}

gatekeeper::verdict refused_as(refusal why, bool failed = false) {
  return {std::nullopt, std::move(why), failed};
}

}  // namespace

gatekeeper::gatekeeper(gate_settings s, secret_source source)
    : encrypted_(s.encrypted),
      // Cookies ignore ports: two nodes of one host would sign each other's people out, or worse.
      cookie_name_((s.encrypted ? "__Host-sluice_session_" : "sluice_session_") +
                   std::to_string(s.port) + "_" + s.node),
      hosts_(s.listen, s.port, s.encrypted, s.hosts),
      tokens_(s.tokens),
      sessions_({s.session_idle, s.session_longest}, source),
      codes_({code_life, code_life, most_codes}, source) {}

gatekeeper::verdict gatekeeper::admit(const web::request& r, moment now) {
  if (const auto token = shown_token(r)) {
    if (const auto* const bearer = tokens_.find(*token)) return {*bearer, std::nullopt};
    return refused_as(unauthorized("the token is not one of this node",
                                   "it has to be one of \"tokens\" in the section \"api\" of "
                                   "node.json"),
                      true);
  }
  const auto id = shown_cookie(r, cookie_name_);
  if (!id)
    return refused_as(unauthorized("nobody is signed in",
                                   "send the header Authorization: Bearer TOKEN, or sign in"));
  auto who = sessions_.use(*id, now.steady);
  // No failure: after a restart of the node every browser has such a cookie.
  if (!who) return refused_as(unauthorized("the session has ended", "sign in again"));
  if (auto why = refuse_other_origin(r)) return refused_as(std::move(*why));
  who->session = *id;
  return {std::move(who), std::nullopt};
}

std::string gatekeeper::issue_code(caller who, moment now) {
  return codes_.begin(std::move(who), now.steady);
}

std::optional<gatekeeper::signed_in> gatekeeper::sign_in_with_code(std::string_view code,
                                                                   moment now) {
  auto who = codes_.take(code, now.steady);
  if (!who) return std::nullopt;
  return begin_session(std::move(*who), now);
}

std::optional<gatekeeper::signed_in> gatekeeper::sign_in_with_token(std::string_view token,
                                                                    moment now) {
  const auto* const bearer = tokens_.find(token);
  if (bearer == nullptr) return std::nullopt;
  return begin_session(*bearer, now);
}

gatekeeper::signed_in gatekeeper::begin_session(caller who, moment now) {
  auto id = sessions_.begin(who, now.steady);
  auto set = cookie(id, "");
  who.session = std::move(id);
  return {std::move(who), std::move(set)};
}

std::string gatekeeper::sign_out(const caller& who) {
  sessions_.end(who.session);
  return cookie("", "; Max-Age=0");
}

std::string gatekeeper::cookie(const std::string& value, const char* attributes) const {
  return cookie_name_ + "=" + value + "; HttpOnly; SameSite=Strict; Path=/" +
         (encrypted_ ? "; Secure" : "") + attributes;
}

std::optional<timestamp> gatekeeper::end_of_session(const caller& who, moment now) const {
  if (who.session.empty()) return std::nullopt;
  const auto end = sessions_.end_of(who.session, now.steady);
  if (!end) return std::nullopt;
  return now.wall + std::chrono::floor<std::chrono::milliseconds>(*end - now.steady);
}

bool gatekeeper::is_welcome(const caller& who, moment now) const {
  return who.session.empty() || sessions_.end_of(who.session, now.steady).has_value();
}

}  // namespace sluice::api
