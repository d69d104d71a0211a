// A credential as requests use it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "messages/names.hpp"
#include "runtime/config/credential_config.hpp"
#include "runtime/http/http_request.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::credentials {

/// What requests show to an API. One object for all connections and writers of a node, so that they
/// share one token and one search for the next. Thread safe.
///
/// It is a thread-safe object and no actor: writers block in their requests, on threads of their
/// own, and wait for a token as they wait for the rate limit, until a stop ends the wait. This
/// folder knows no CAF.
class credential {
 public:
  credential() = default;
  credential(const credential&) = delete;
  credential& operator=(const credential&) = delete;
  virtual ~credential() = default;

  /// What a request was given to show.
  struct shown {
    std::uint64_t number = 0;  ///< to be told to `ended`
  };

  /// Completes the address (if it begins with a path and `base` says where the server is named),
  /// and adds what the API wants to see. Waits for a token where there is none; a stop ends the
  /// wait. Throws `failure`: cancelled, destination_failed with a hint if no token is to be had,
  /// invalid_config if a reference has no value.
  virtual shown authorize(http::http_request& request, const config::base_url_config* base,
                          const std::stop_token& stop) = 0;

  /// The same without waiting: nothing if there is no token yet; then `request` is as it was.
  virtual std::optional<shown> authorize_at_once(http::http_request& request,
                                                 const config::base_url_config* base) {
    return authorize(request, base, {});
  }

  /// An answer says that what `what` stands for has ended. True if the request may be repeated,
  /// with something else to show.
  virtual bool ended(const shown& what) = 0;

  /// For `sluice check`: whether there is something to show. Uses up no refresh token; then, and
  /// where no `base` is asked for, the answer is empty, else it is the server of the API. Throws as
  /// `authorize` does.
  virtual std::string probe(const config::base_url_config* base, const std::stop_token& stop) = 0;
};

/// Where a credential is at home.
struct home {
  std::string name;  ///< its own, or that of the connection that alone has it
  node_name node;
  std::filesystem::path folder;  ///< where refresh tokens are kept
  log::logger log;
  /// Whether what comes of refreshing is noted for people: by the node, not by whoever tests it.
  bool notes = true;
};

/// Asks nobody yet.
std::shared_ptr<credential> make_credential(const config::credential_config& config,
                                            const home& where);

}  // namespace sluice::credentials
