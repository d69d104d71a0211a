// Keeps the token of one credential fresh.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>

#include "runtime/credentials/credential.hpp"
#include "runtime/credentials/credential_status.hpp"
#include "runtime/credentials/kept_token.hpp"
#include "runtime/credentials/token_answer.hpp"
#include "runtime/credentials/token_state.hpp"

namespace sluice::credentials {

/// The only one on a node that asks for tokens of its credential. It asks on a thread of its own,
/// one request at a time, as long as somebody wants a token; who waits can be stopped, and the
/// request goes on: what comes of it may be the only refresh token there is.
///
/// A refresh token that is good once is replaced on disk before the access token that came with it
/// is given to anybody. After a crash in between the next start has the old one: if the token
/// server refuses it, that is noted on disk, too, and nobody asks again before `sluice authorize`.
class token_keeper final : public credential {
 public:
  token_keeper(config::credential_config config, home where);
  /// Ends a request that is not on its way, and one that may be repeated; otherwise waits for its
  /// answer, for the credential's `timeout` at most.
  ~token_keeper() override;

  shown authorize(http::http_request& request, const config::base_url_config* base,
                  const std::stop_token& stop) override;
  std::optional<shown> authorize_at_once(http::http_request& request,
                                         const config::base_url_config* base) override;
  bool ended(const shown& what) override;
  std::string probe(const config::base_url_config* base, const std::stop_token& stop) override;

 private:
  using clock = token_state::clock;

  /// A refresh token on its way to the disk, with the token that came with it.
  struct exchange {
    kept_token next;
    token_grant grant;
    clock::time_point asked;
  };

  access_token get(const std::stop_token& stop);
  static shown complete(http::http_request& request, const config::base_url_config* base,
                        const access_token& token);
  /// REQUIRES: the lock; nobody asks.
  void begin_asking();
  /// The thread that asks.
  void ask(const std::stop_token& stop);
  /// Asks once and notes what came of it. Throws `failure`.
  void ask_once(const std::stop_token& stop);
  void ask_with_kept(const std::stop_token& stop);
  /// Makes the refresh token durable, then lets the access token be used.
  void store(exchange what, const token_file& file);
  token_answer send(const http::http_request& request, const std::stop_token& stop);
  /// The refresh token to ask with, and where it comes from. Throws `failure` if there is none.
  [[nodiscard]] kept_token present(const token_file& file, const std::string& configured) const;
  void granted(const token_grant& grant, clock::time_point asked);
  void refused(const token_refusal& why);
  /// REQUIRES: the lock, as the next.
  [[nodiscard]] clock::time_point next_try_after_refusal() const;
  [[nodiscard]] error given_up() const;
  [[nodiscard]] error no_token(std::string cause, std::string hint) const;

  const config::credential_config config_;
  const home home_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  token_state state_;
  refresh_note note_;
  bool asking_ = false;
  std::uint64_t answered_ = 0;  ///< how often asking has ended
  std::mt19937_64 random_{std::random_device{}()};

  std::optional<exchange> unstored_;  ///< of the asking thread
  std::jthread asker_;                ///< the last: it uses the others
};

}  // namespace sluice::credentials
