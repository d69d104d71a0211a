// Interrupts the driver calls of one session when its stop token is requested. Internal to
// runtime/odbc.
//
// Three tiers, each in a thread that the next one does not wait for:
//   1. the flag: checked before and after each driver call by the session's own thread
//   2. the canceller: fired, and fired again, by a background thread for as long as a call is busy
//   3. the socket: cut by the watchdog when a call is still busy after `grace`, or `reading_grace`
// Without a stop the watchdog cuts the socket of a server that is silent for too long.
//
//            enter            leave
//     idle ---------> calling -----> idle         a call can be cancelled only in `calling`
//                     |     ^
//      canceller takes v     | canceller is done   leave waits while `firing`: a late cancel cannot
//                     firing                        hit the next statement
//     idle ---------> cleaning ----> idle          rolling back, closing: never fired at, but
//     bounded closed                                       for good
#pragma once

#include <sql.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "runtime/odbc/canceller.hpp"
#include "runtime/odbc/sockets.hpp"

namespace sluice::odbc {

class interruption : public std::enable_shared_from_this<interruption> {
 public:
  using clock = std::chrono::steady_clock;

  /// How long a cancelled call may go on before its socket is cut.
  static constexpr std::chrono::milliseconds grace{1'000};
  /// The same for a session that only reads, with a driver that survives it (psqlodbc): such a
  /// session must halt at once, and has nothing to lose. A cancel takes longer on a busy machine,
  /// since several processes must get a processor in turn. The database is asked nevertheless, so
  /// that it does not compute a result in vain.
  static constexpr std::chrono::milliseconds reading_grace{40};

  /// Heeds `stop` from now on; a token that cannot be requested costs nothing.
  static std::shared_ptr<interruption> make(std::stop_token stop);
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  // -- the session's thread -----------------------------------------------------------------------

  /// True once the stop token was requested.
  [[nodiscard]] bool requested() const noexcept { return requested_.load(); }
  [[nodiscard]] bool possible() const noexcept { return stop_.stop_possible(); }
  /// One of the graces; `grace` until it is set.
  void set_patience(std::chrono::milliseconds patience) noexcept { patience_ = patience; }
  /// Says how to cancel. With `ahead` the canceller gets ready now, in the background, not at the
  /// stop.
  void arm(std::shared_ptr<canceller> how, std::shared_ptr<driver_socket> socket, bool ahead);
  /// A driver call begins on `busy` (null: not a statement). False if a stop was requested: the
  /// call must not begin.
  [[nodiscard]] bool enter(SQLHSTMT busy) noexcept;
  /// The call ended. False if a cancel is still running and does not end: it might hit the next
  /// call, so the connection counts as lost.
  [[nodiscard]] bool leave() noexcept;
  /// A call begins that a stop must not end but bounds in time: rolling back, closing.
  void enter_cleanup() noexcept;
  void leave_cleanup() noexcept;
  /// No more cancels: the canceller frees everything that belongs to the session's connection.
  void disarm() noexcept;
  /// True if the socket was cut in the middle of a call.
  [[nodiscard]] bool severed() noexcept;
  /// From now on cuts the socket of a call whose server has sent nothing for `limit`. Call after
  /// `arm`.
  void limit_silence(std::chrono::milliseconds limit);
  /// True if the limit of silence has ended a call.
  [[nodiscard]] bool fell_silent() const noexcept { return silent_.load(); }
  /// The session has ended.
  void close() noexcept;

  // -- the watchdog's thread ----------------------------------------------------------------------

  /// After a stop, takes the next step that is due; before a stop, looks whether the server is
  /// silent. Returns when to look again; nothing if never.
  std::optional<clock::time_point> enforce(clock::time_point now);

 private:
  enum class phase : std::uint8_t { idle, calling, firing, cleaning, closed };

  explicit interruption(std::stop_token stop) : stop_(std::move(stop)) {}
  void on_stop() noexcept;
  /// Starts the thread that fires the canceller, unless it runs.
  void start_firing();
  void fire_until_it_ends();
  /// Fires at the busy call, unlocking `lock` meanwhile; false if no call is busy, or the canceller
  /// was given up.
  bool fire_once(canceller& how, std::unique_lock<std::mutex>& lock);
  std::optional<clock::time_point> look_for_silence(clock::time_point now);
  void sever() noexcept;
  /// Cuts the socket, and gives up the canceller.
  void cut() noexcept;

  struct notify {
    interruption* self;
    void operator()() const noexcept { self->on_stop(); }
  };

  std::stop_token stop_;
  std::atomic<std::chrono::milliseconds> patience_{grace};
  std::atomic<phase> phase_{phase::idle};
  std::atomic<bool> requested_{false};
  std::atomic<SQLHSTMT> busy_{nullptr};
  std::atomic<clock::rep> busy_since_{0};  ///< of `cleaning`
  std::atomic<std::uint64_t> calls_{0};    ///< begun so far
  std::atomic<bool> silent_{false};
  std::atomic<std::chrono::milliseconds> silence_limit_{std::chrono::milliseconds{0}};
  // Of the watchdog's thread: which call it saw last, and since when that one is silent.
  std::uint64_t seen_call_ = 0;
  clock::time_point silent_since_{};

  std::mutex mutex_;                 ///< guards what follows
  std::condition_variable changed_;  ///< requested, closed, or a firing ended
  clock::time_point requested_at_{};
  std::shared_ptr<canceller> canceller_;
  std::shared_ptr<driver_socket> socket_;
  bool firing_thread_ = false;
  bool severed_ = false;                                ///< the socket, in the middle of a call
  std::optional<std::stop_callback<notify>> callback_;  ///< destroyed first
};

}  // namespace sluice::odbc
