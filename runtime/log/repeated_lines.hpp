// Log lines that come in crowds: the first one is printed, later ones are counted and summed up.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace sluice::log {

/// Passes on the first line of each kind at once, and counts those that follow: one line for each
/// interval says so (`… and 2,345 more like it`). So lines that clients can provoke at will take a
/// bounded number of lines. Not thread safe; the caller has the clock.
class repeated_lines {
 public:
  using clock = std::chrono::steady_clock;
  using sink = std::function<void(const std::string&)>;
  struct line {
    std::string kind;  ///< groups lines
    std::string text;
  };

  explicit repeated_lines(sink out, std::chrono::milliseconds interval = std::chrono::seconds{10})
      : out_(std::move(out)), interval_(interval) {}

  /// Beyond `most_kinds` at a time, further kinds count as one.
  void say(const line& said, clock::time_point now);
  /// Prints the counts of intervals that are over. To be called when `due`.
  void sum_up(clock::time_point now);
  /// When there may be something to sum up; `time_point::max()` for never.
  [[nodiscard]] clock::time_point due() const;

  static constexpr std::size_t most_kinds = 16;

 private:
  struct kind_of_line {
    clock::time_point end;
    std::uint64_t held_back = 0;  ///< lines counted, not passed on
    std::string latest;           ///< the latest of these lines
  };

  sink out_;
  std::chrono::milliseconds interval_;
  std::map<std::string, kind_of_line> kinds_;
};

}  // namespace sluice::log
