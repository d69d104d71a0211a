// The requests to one account of an API together: how many at once, and how many in a window of
// time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/config/request_limits.hpp"
#include "runtime/destinations/http/concurrency_limit.hpp"
#include "runtime/destinations/http/quota.hpp"
#include "runtime/destinations/http/rate_window.hpp"
#include "runtime/http/http_answer.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::destinations {

/// Shared by all connections that write to the account, from run to run. Thread safe. It waits for
/// nothing: who may not send is told when to ask again, or is woken.
///
/// A window of the receiver's clock never sees more than its limit: a request counts from its
/// sending until one window after it has arrived, for which half the shortest round trip so far
/// before the end of its answer is the latest moment. That holds unless the network suddenly gets
/// twice as fast as it ever was.
///
/// Over restarts it holds, too. Before requests are sent, a part of the window is claimed on disk:
/// after a crash all of that counts as used. The file is written a hundred times for each window's
/// worth of requests, at most.
class account {
 public:
  using clock = std::chrono::steady_clock;

  /// Where the use of the windows is kept over restarts.
  struct home {
    std::filesystem::path file;
    log::logger log;
  };

  explicit account(const config::request_limits& limits, std::optional<home> kept = {});
  /// Closes it.
  ~account();
  account(const account&) = delete;
  account& operator=(const account&) = delete;

  /// One sender, which asks for one request after the other.
  class seat {
   public:
    /// `wake`: called from any thread, when it is worth asking again. Must not call back.
    seat(account& of, std::function<void()> wake);
    /// Gives back what was not.
    ~seat();
    seat(const seat&) = delete;
    seat& operator=(const seat&) = delete;

   private:
    friend class account;
    account& account_;
    std::function<void()> wake_;
    std::uint32_t under_way_ = 0;
    std::uint64_t rows_ = 0;  ///< of those requests
    bool wants_ = false;      ///< it asked, and depends on requests that have not ended
  };

  enum class reason : std::uint8_t { rate, concurrency };
  struct refusal {
    reason why = reason::concurrency;
    clock::time_point again = clock::time_point::max();  ///< or when it is woken
  };
  struct permit {
    std::uint64_t number = 0;  ///< of the request, see concurrency_limit
    std::uint64_t rows = 0;
  };
  struct answer {
    std::optional<permit> granted;
    refusal refused;  ///< if it is not
  };

  /// Writes what was used; from now on nothing more is written.
  void close();

  /// Asks for leave to send a request with so many rows. A sender that has more requests under way
  /// than another that waits lets the other go first.
  answer ask(seat& who, std::uint64_t rows);
  /// It has nothing to send any more.
  void leave(seat& who);

  /// What an answer, or its absence, tells.
  struct reply {
    std::chrono::microseconds round_trip{0};  ///< 0 without an answer
    bool reached = true;                      ///< the request may have reached the API
    std::optional<quota> left;
  };
  [[nodiscard]] reply reply_of(const http::http_answer& answer) const;
  enum class outcome : std::uint8_t {
    answered,
    silent,   ///< it says nothing about the API's strength
    refused,  ///< too much for the API
    failed,
  };
  /// Returns how many requests may be under way from now on.
  std::uint32_t ended(seat& who, const permit& which, outcome how, const reply& told);

  /// The API wants no requests until then.
  void pause(clock::time_point until);
  /// Somebody wants to ask nevertheless.
  void resume();

  struct state {
    std::uint32_t allowed = 0;  ///< requests at once
    std::uint32_t under_way = 0;
    concurrency_limit::bound bounded_by = concurrency_limit::bound::none;
    std::chrono::microseconds round_trip{0};
  };
  [[nodiscard]] state now() const;

 private:
  static constexpr std::chrono::milliseconds longest_short = std::chrono::seconds(10);
  /// So many times the file is written while a window is used up.
  static constexpr std::uint64_t claims = 100;

  struct window {
    rate_window limit;
    config::rate_limit configured;
    std::uint64_t claimed = 0;  ///< may be used before the file is written again

    /// Shorter ones are not written each time: who finds them open waits for one of them.
    [[nodiscard]] bool is_kept() const { return configured.per > longest_short; }
    [[nodiscard]] std::uint64_t amount(std::uint64_t requests, std::uint64_t rows) const {
      return configured.of == config::rate_limit::unit::rows ? rows : requests;
    }
  };
  /// What the API itself says is left, until when. Answers come in any order, and that with the
  /// least was the last to be made; requests under way may be counted there, or not.
  struct told_quota {
    std::uint64_t least = 0;
    clock::time_point until{};
  };

  /// When what is asked for fits; nothing if it does now, and is reserved.
  std::optional<clock::time_point> reserve(std::uint64_t rows, clock::time_point now);
  /// What so many requests with so many rows had reserved is used since `when`.
  void use(std::uint64_t requests, std::uint64_t rows, clock::time_point when);
  /// Reads what an earlier process has used.
  void recall();
  /// Before a request with so many rows is sent: makes durable that it may have been.
  void claim(std::uint64_t rows);
  /// Writes what was used, and what may be used before the next time.
  void keep(bool open);
  void heed(const quota& told, clock::time_point now);
  /// Wakes whoever waits and has the fewest requests under way, if there is room.
  void wake_next();

  const config::quota_header_names quota_names_;
  mutable std::mutex mutex_;
  concurrency_limit limit_;
  std::vector<window> windows_;
  std::optional<home> home_;  ///< nothing once it is closed
  bool open_ = false;         ///< the file says that requests may have been sent
  bool troubled_ = false;     ///< the file could not be written
  std::optional<told_quota> quota_;
  quota largest_;                                      ///< the most that the API ever told of
  std::optional<std::chrono::microseconds> shortest_;  ///< round trip
  clock::time_point paused_until_{};
  std::vector<seat*> seats_;
};

}  // namespace sluice::destinations
