// A token server (RFC 6749) inside the test's own process, and what an API knows of its tokens.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "tests/support/http_server.hpp"

namespace sluice::test {

/// The fields of a form, decoded.
std::map<std::string, std::string> form_fields(const std::string& body);

/// Gives tokens `access-1`, `access-2`, …, and refresh tokens `refresh-1`, … where it rotates them:
/// each is good once, and the use of an old one revokes them all. Replies that are queued in
/// `server` come first. Thread safe.
class token_server {
 public:
  token_server();
  /// Over TLS.
  explicit token_server(const http_tls& tls);

  [[nodiscard]] std::string url() const { return server.url("/token"); }

  /// From now on refresh tokens are good once; `first` is the present one.
  void rotate(const std::string& first);
  /// What its answers say of the life of tokens; nothing: they do not say.
  void set_life(std::optional<std::chrono::seconds> life);
  /// A further member of its answers.
  void add(const std::string& key, const std::string& value);
  /// All tokens that it has given end now, whatever it has said of their life.
  void end_tokens();

  /// Whether the header `Authorization` of a request shows a token that is good.
  [[nodiscard]] bool is_good(const http_request& request) const;
  /// A reply that the API gives to a request that shows no good token.
  [[nodiscard]] static http_reply refusal();
  /// How many tokens it has given.
  [[nodiscard]] std::size_t given() const;
  [[nodiscard]] std::string present_refresh_token() const;
  /// An old refresh token was used.
  [[nodiscard]] bool is_revoked() const;

 private:
  [[nodiscard]] http_reply answer(const http_request& request);

  mutable std::mutex mutex_;
  std::optional<std::string> refresh_;  ///< the present one, if tokens rotate
  bool revoked_ = false;
  std::optional<std::chrono::seconds> life_ = std::chrono::seconds(3600);
  std::map<std::string, std::string> more_;
  std::size_t given_ = 0;
  std::set<std::string> good_;

 public:
  http_server server;  ///< the last: its threads use the others
};

}  // namespace sluice::test
