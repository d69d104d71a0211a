// What the failures of a part of a batch show: that its rows cannot be delivered, or nothing yet.
// Pure.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace sluice::destinations {

/// The rows of one request that failed. Failures alone prove nothing, since an API that is down
/// fails every row. A row is found guilty if it fails while others pass, again and again.
class trial {
 public:
  /// Failures before other rows are tried first.
  static constexpr std::uint32_t patience = 3;
  /// Failures while others passed, and none failed, that prove a row guilty of failures that may
  /// pass.
  static constexpr std::uint32_t proofs_of_failure = 3;
  /// The same of being refused in a way that usually concerns all rows.
  static constexpr std::uint32_t proofs_of_refusal = 2;
  /// How likely an API that fails now and then may make an innocent row look guilty.
  static constexpr double error_rate = 1e-4;

  /// What happened elsewhere between the last failure of these rows and the present one.
  struct others {
    bool passed = false;  ///< a request that was sent after that failure succeeded
    bool failed = false;
  };
  struct circumstances {
    std::size_t rows = 1;
    bool refused = false;        ///< refused rather than failed: more of the same is no use
    bool part = false;           ///< they are a part of what was divided
    bool others_wait = false;    ///< others failed before and are to be tried again
    bool keep_whole = false;     ///< divided they may arrive twice
    bool guilty_before = false;  ///< found guilty, as it is, by an earlier run
    bool last = false;           ///< there is nothing else that could show more
    bool overdue = false;        ///< the row fails for as long as an API may
    double failure_rate = 0;     ///< how often requests fail that are delivered in the end
  };
  enum class step : std::uint8_t {
    again,    ///< try the same once more, after its wait
    later,    ///< try others first
    divide,   ///< try the rows in two halves
    convict,  ///< give this row up
  };

  /// One more failure.
  void failed(const others& meanwhile) {
    ++failures_;
    others_pass_ = others_pass_ || meanwhile.passed;
    if (others_pass_) ++failures_since_;
    if (meanwhile.passed && !meanwhile.failed) ++proofs_;
  }
  /// Goes on with a trial that was interrupted: the row has failed before.
  void resume() { failures_ = patience; }

  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  /// Others passed since these failed: what fails is the rows, not the API.
  [[nodiscard]] bool others_pass() const { return others_pass_; }

  [[nodiscard]] step next(const circumstances& now) const {
    if (now.rows > 1) {
      if (others_pass_ || (!now.keep_whole && (now.refused || now.part))) return step::divide;
      if (failures_ < patience) return step::again;
      if (failures_ >= 2 * patience && (!now.keep_whole || now.overdue)) return step::divide;
      return step::later;
    }
    if (now.guilty_before) return step::convict;
    const auto needed = now.refused ? proofs_of_refusal : proofs_of_failure;
    const bool proven = proofs_ >= needed || (now.last && failures_since_ >= patience);
    const bool by_chance = !now.refused && std::pow(now.failure_rate, failures_since_) > error_rate;
    if (others_pass_ && ((proven && !by_chance) || now.overdue)) return step::convict;
    if (!now.refused && !now.part && !now.others_wait && failures_ < patience) return step::again;
    return step::later;
  }

 private:
  std::uint32_t failures_ = 0;
  std::uint32_t proofs_ = 0;
  std::uint32_t failures_since_ = 0;  ///< since others passed
  bool others_pass_ = false;
};

}  // namespace sluice::destinations
