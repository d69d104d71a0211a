// What is known of a token: whether it can be used, and when another one is due. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "messages/error.hpp"

namespace sluice::credentials {

/// A token as it is shown to an API.
struct access_token {
  std::string text;
  std::uint64_t number = 0;  ///< counts the tokens of this credential, from 1
  nlohmann::json others;     ///< what else the token server said
};

/// The token of one credential, and the search for the next one.
///
///   none ──granted──► good ──80 % of its life──► due ──all of it, or `ended`──► none
///
/// A `due` token is used until there is another one. Times are handed in, so it needs no clock.
class token_state {
 public:
  using clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  /// The share of its life after which a token is replaced.
  static constexpr double share_of_life = 0.8;

  /// The server was asked at `asked` and gave a token. `lives`: nothing for one without an end.
  void granted(std::string text, nlohmann::json others, std::optional<milliseconds> lives,
               clock::time_point asked);
  /// The API refuses the token with this number. Nothing if there is a newer one already.
  void ended(std::uint64_t number);
  /// Asking has failed, and is of use again at `again`.
  void failed(error why, clock::time_point again);
  /// Asking has failed in a way that does not change by itself: whoever waits gives up. Whoever
  /// comes at `again` or later asks once more.
  void failed_for_good(error why, clock::time_point again);

  /// A token that may be shown now; null if there is none.
  [[nodiscard]] const access_token* usable(clock::time_point now) const;
  /// Whether the server is to be asked: there is no usable token, or its time has come; and the
  /// last failure is long enough ago.
  [[nodiscard]] bool wants_another(clock::time_point now) const;
  /// Why there is none, since the last failure; code `none` after a success.
  [[nodiscard]] const error& last_failure() const { return failure_; }
  /// Whether the last failure is one of those that do not change by themselves.
  [[nodiscard]] bool is_over() const { return over_; }
  /// How often asking has failed since the last success.
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  /// The earliest moment at which the server may be asked again.
  [[nodiscard]] clock::time_point next_try() const { return again_; }

 private:
  std::optional<access_token> token_;
  std::uint64_t numbers_ = 0;
  std::optional<clock::time_point> due_;   ///< of `token_`; nothing: never
  std::optional<clock::time_point> ends_;  ///< the same
  error failure_;
  bool over_ = false;
  std::uint32_t failures_ = 0;
  clock::time_point again_{};
};

}  // namespace sluice::credentials
