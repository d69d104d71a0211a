// How many requests an API gets at once. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::destinations {

/// Finds the number of requests at once that serves the API best, from its answers alone: grows
/// while requests pass and their round trips do not get longer, shrinks when the API refuses to
/// take so many or gets slow. Begins with one request and doubles each round trip; the first sign
/// of too much ends that, and from then on it grows by 5 % a round trip. A number that was refused
/// is tried again after a while, later each time.
///
/// A round begins with the first request that is sent after the one before and ends with its
/// answer. Requests are told apart by the numbers that `begin` gives, so answers to requests from
/// before a change say nothing about it.
class concurrency_limit {
 public:
  using clock = std::chrono::steady_clock;
  using microseconds = std::chrono::microseconds;

  /// As many as it ever tries, if it is not told a number.
  static constexpr std::uint32_t most = 200;
  /// Round trips this much longer than usual, or by `most_deviations`, are a sign of too much.
  static constexpr double longer = 1.5;
  static constexpr double most_deviations = 3;
  /// Shorter differences are those of a machine with something else to do.
  static constexpr microseconds noise{5'000};
  static constexpr std::chrono::seconds shortest_hold{2};
  static constexpr std::chrono::seconds longest_hold{60};

  /// What keeps it from growing.
  enum class bound : std::uint8_t { none, number, refusals, latency };

  /// `fixed`: that many at once, whatever their round trips are; fewer only while the API refuses
  /// them. Nothing: up to `most`.
  explicit concurrency_limit(std::optional<std::uint32_t> fixed = {});

  /// So many may be under way.
  [[nodiscard]] std::uint32_t allowed() const { return static_cast<std::uint32_t>(level_); }
  [[nodiscard]] std::uint32_t under_way() const { return under_way_; }
  [[nodiscard]] bool has_room() const { return under_way_ < allowed(); }

  /// A request is sent. Returns its number.
  std::uint64_t begin();
  /// It ended without saying anything about the API's strength.
  void end() { --under_way_; }
  /// It was answered, after `round_trip`.
  void answered(std::uint64_t number, microseconds round_trip, clock::time_point now);
  /// The API said that this is too much for it.
  void refused(std::uint64_t number, clock::time_point now);
  /// The API failed.
  void failed(std::uint64_t number);

  [[nodiscard]] bound bounded_by() const { return bound_; }
  /// The usual round trip; 0 before there was one.
  [[nodiscard]] microseconds round_trip() const {
    return microseconds(static_cast<std::int64_t>(usual_));
  }

 private:
  struct round {
    std::uint64_t last = 0;  ///< the number of its last request; later ones belong to the next
    std::uint32_t answers = 0;
    std::uint32_t failures = 0;
    double sum = 0;          ///< of round trips, in microseconds
    std::uint32_t peak = 0;  ///< most requests under way
    bool full = false;       ///< at some time no more requests were allowed
  };
  /// Round trips have got long; the level and their mean when that began.
  struct slow_time {
    double level = 0;
    double mean = 0;
  };

  void end_round(clock::time_point now);
  [[nodiscard]] bool is_slow(double mean) const;
  void learn(double mean);
  void slow_down(double mean);
  void grow(clock::time_point now);
  void shrink(double factor, bound why);
  void begin_round();
  /// Levels from this one on are not tried now.
  [[nodiscard]] double ceiling(clock::time_point now) const;

  const bool adapts_;
  const double most_;
  double level_;
  std::uint32_t under_way_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t changed_at_ = 0;  ///< requests up to this one were sent before the last decrease
  bool doubling_;
  round round_;
  double usual_ = 0;      ///< round trip: a mean that follows decreases fast, and increases slowly
  double last_mean_ = 0;  ///< of the round before
  double deviation_ = 0;  ///< of rounds from the ones before
  std::optional<slow_time> slow_;
  std::optional<double> refused_level_;  ///< what the API did not take
  clock::time_point hold_until_{};       ///< that level is not tried before
  std::chrono::seconds hold_ = shortest_hold;
  std::uint32_t refusals_in_a_row_ = 0;  ///< rounds
  bound bound_ = bound::none;
};

}  // namespace sluice::destinations
