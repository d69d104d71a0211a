// Who has signed in with a browser, and the one-time codes by which that is done.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/api/plan.hpp"
#include "runtime/api/secrets.hpp"

namespace sluice::api {

/// Callers by secrets that last for a while. Knows digests only. Not thread safe; the clock is the
/// caller's.
class sessions {
 public:
  using clock = std::chrono::steady_clock;
  struct limits {
    std::chrono::milliseconds idle;     ///< without being used
    std::chrono::milliseconds longest;  ///< in any case
    std::size_t most = 1'000;  ///< for one more, the one that was not used for longest goes
  };

  explicit sessions(limits l, secret_source source = random_secret)
      : limits_(l), source_(std::move(source)) {}

  /// The secret of a new one.
  std::string begin(caller who, clock::time_point now);
  /// Whose that is; using it keeps it alive. Nothing if it is none, or over.
  std::optional<caller> use(std::string_view secret, clock::time_point now);
  /// The same, and it is over: of what is good for once.
  std::optional<caller> take(std::string_view secret, clock::time_point now);
  /// When it ends unless it is used; nothing if it is over.
  [[nodiscard]] std::optional<clock::time_point> end_of(std::string_view secret,
                                                        clock::time_point now) const;
  void end(std::string_view secret);

  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  struct session {
    caller who;
    clock::time_point begun;
    clock::time_point used;
  };

  [[nodiscard]] clock::time_point end_of(const session& s) const;
  void make_room(clock::time_point now);

  limits limits_;
  secret_source source_;
  std::map<std::string, session> open_;
};

}  // namespace sluice::api
