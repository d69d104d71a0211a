// Where requests to the API are understood: who asks, and what is to be done about it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/api/gatekeeper.hpp"
#include "runtime/api/moment.hpp"
#include "runtime/api/plan.hpp"
#include "runtime/config/api_config.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::api {

/// A request, understood.
struct understood {
  plan asks_for;
  caller by = {};  ///< without a name: nobody who is known
  /// It came with a token or a code that is none: its answer is to be kept back for a while, so
  /// that nobody can try many.
  bool failed_sign_in = false;
};

/// Opens no socket, asks nobody, reads no clock but the one it is given. Not thread safe.
class desk {
 public:
  /// The file of the console that a request asks for, by its path below `/ui/`; nothing if there is
  /// none.
  using pages = std::function<std::optional<web::response>(const web::request&, std::string_view)>;

  /// Throws `failure` (invalid_config) if a token has no value.
  desk(const config::api_config& api, const std::string& node, std::function<moment()> clock,
       pages console, secret_source secrets = random_secret);

  understood understand(const web::request& r);
  /// A code by which `who` signs in with the console, once. Throws `failure` (invalid_config) if
  /// the console is not served.
  std::string issue_code(caller who);
  /// Whether a stream that `who` has opened may go on.
  [[nodiscard]] bool is_welcome(const caller& who) const;

 private:
  understood serve(const web::request& r);
  [[nodiscard]] plan serve_page(const web::request& r) const;
  understood serve_session(const web::request& r);
  understood sign_in(const web::request& r);
  [[nodiscard]] web::response session_response(const caller& who) const;

  bool has_console_;
  std::function<moment()> clock_;
  pages console_;
  gatekeeper gate_;
};

/// The answer to a request that is refused by whoever carries it out.
web::response refuse(const web::request& r, const error& why);

/// The answer to what the server refuses itself: text that is no HTTP, a body that is too large.
/// `target`: as far as it is known.
web::response refuse_transport(int status, const std::string& text, std::string_view target);

}  // namespace sluice::api
