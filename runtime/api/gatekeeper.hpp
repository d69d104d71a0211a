// Who may ask, and as whom. Nobody is admitted without a token, a one-time code or the cookie of a
// session that began with one of both.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/api/known_hosts.hpp"
#include "runtime/api/moment.hpp"
#include "runtime/api/plan.hpp"
#include "runtime/api/refusal.hpp"
#include "runtime/api/sessions.hpp"
#include "runtime/api/token_set.hpp"

namespace sluice::api {

/// What the configuration says about who may ask.
struct gate_settings {
  std::string node;    ///< its name
  std::string listen;  ///< `127.0.0.1:9470`
  std::uint16_t port = 0;
  bool encrypted = false;  ///< the node itself speaks TLS
  std::vector<std::string> hosts;
  std::vector<token_set::token> tokens;
  std::chrono::milliseconds session_idle;
  std::chrono::milliseconds session_longest;
};

/// The clock is handed in. Not thread safe.
class gatekeeper {
 public:
  struct verdict {
    std::optional<caller> who;       ///< nobody: refused
    std::optional<refusal> refused;  ///< if and only if `who` is nobody
    /// Somebody showed a token or a code that is none: whoever tries many has to wait for each.
    bool failed = false;
  };
  /// A session has begun.
  struct signed_in {
    caller who;
    std::string cookie;  ///< the value of `Set-Cookie`
  };

  explicit gatekeeper(gate_settings s, secret_source source = random_secret);

  /// Refuses what was meant for another host. Before anything else.
  [[nodiscard]] std::optional<refusal> refuse_host(const web::request& r) const {
    return hosts_.refuse(r);
  }
  /// Who that is, from the request's token or else its cookie.
  verdict admit(const web::request& r, moment now);

  /// A code by which `who` signs in with a browser, once, within `code_life`.
  std::string issue_code(caller who, moment now);
  /// Begins a session for the bearer of a code, or of a token.
  std::optional<signed_in> sign_in_with_code(std::string_view code, moment now);
  std::optional<signed_in> sign_in_with_token(std::string_view token, moment now);
  /// Ends the caller's session, if there is one. Returns the value of `Set-Cookie`.
  std::string sign_out(const caller& who);
  /// When the caller's session ends unless something is asked; nothing for the bearer of a token,
  /// and if it is over.
  [[nodiscard]] std::optional<timestamp> end_of_session(const caller& who, moment now) const;
  /// Whether a stream that `who` has opened may go on. Watching does not keep a session alive.
  [[nodiscard]] bool is_welcome(const caller& who, moment now) const;

  static constexpr std::chrono::seconds code_life{60};
  static constexpr std::size_t most_codes = 100;

 private:
  signed_in begin_session(caller who, moment now);
  [[nodiscard]] std::string cookie(const std::string& value, const char* attributes) const;

  bool encrypted_;
  std::string cookie_name_;
  known_hosts hosts_;
  token_set tokens_;
  sessions sessions_;
  sessions codes_;
};

}  // namespace sluice::api
