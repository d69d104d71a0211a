// Starts whose answers may be lost on their way. Whoever asks once more for what runs already,
// since no answer came, gets the answer that was lost.
//
//   asked ──answered──► under way ──taken──► forgotten
//     │ client gone        │ lost
//     └──────answered──────┴──► lost: kept for a minute, for the next start under the same claim
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/commands.hpp"

namespace sluice::actors {

/// A claim says who starts what, and how. Time is handed in; used by one actor.
class start_claims {
 public:
  using clock = std::chrono::steady_clock;
  /// Gets the lost answer; null: there is none, so the refusal stands.
  using retry = std::function<void(const command::any_answer* lost)>;

  /// A start is asked for; returns its number.
  std::uint64_t asked(std::string claim);
  /// It was answered, and the answer leaves for the client.
  void answered(std::uint64_t number, command::any_answer answer, clock::time_point now);
  /// It was refused: there is nothing to lose.
  void refused(std::uint64_t number);
  /// It was refused since a run is active. `then` is called once: now, or as soon as it is known
  /// what became of an earlier start under the same claim.
  void refused_for_a_run(std::uint64_t number, clock::time_point now, retry then);
  /// The client has taken the answer, or will not get one.
  void over(std::uint64_t number, bool taken, clock::time_point now);

  /// How long a lost answer is kept.
  static constexpr std::chrono::seconds kept_for{60};
  /// How many are, at the most; the oldest ones go.
  static constexpr std::size_t most_kept = 1'000;

 private:
  struct start {
    std::string claim;
    std::optional<command::any_answer> answer = std::nullopt;
    bool client_gone = false;
    retry waits_for_another = nullptr;        ///< and is told what became of that one
    std::vector<std::uint64_t> waiting = {};  ///< for this one
  };
  struct lost_answer {
    command::any_answer answer;
    clock::time_point until;
  };
  using starts = std::map<std::uint64_t, start>;

  [[nodiscard]] starts::iterator earlier_one(std::uint64_t than, const std::string& claim);
  void hand_out(std::uint64_t number, const retry& then, command::any_answer lost,
                clock::time_point now);
  void stand(std::uint64_t number, const retry& then);
  void lose(starts::iterator which, clock::time_point now);
  void forget(starts::iterator which);
  void keep(const std::string& claim, command::any_answer answer, clock::time_point now);

  starts starts_;
  std::uint64_t last_ = 0;
  std::map<std::string, lost_answer> lost_;  ///< by claim
};

}  // namespace sluice::actors
