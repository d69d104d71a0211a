// Decides whether the failures of rows show that these rows cannot be delivered. Pure.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace sluice::destinations {

/// A trial of the rows of one failed request. Failures alone prove nothing, since an API that is
/// down fails every row. A row is found guilty if it fails again and again while others pass.
class trial {
 public:
  /// Failures before other rows are tried first.
  static constexpr std::uint32_t patience = 3;
  /// So many failures while others passed, and none failed, prove a row guilty of temporary
  /// failures.
  static constexpr std::uint32_t proofs_of_failure = 3;
  /// The same for refusals that usually concern all rows.
  static constexpr std::uint32_t proofs_of_refusal = 2;
  /// The accepted probability that an API with random failures makes an innocent row look guilty.
  static constexpr double error_rate = 1e-4;

  /// The results of other requests between the last failure of these rows and the present one.
  struct others {
    bool passed = false;  ///< a request that was sent after that failure succeeded
    bool failed = false;
  };
  struct circumstances {
    std::size_t rows = 1;
    bool refused = false;        ///< refused rather than failed: repeating it is useless
    bool part = false;           ///< the rows are a part of a divided request
    bool others_wait = false;    ///< others failed before and will be tried again
    bool keep_whole = false;     ///< if divided, rows may arrive twice
    bool guilty_before = false;  ///< the row, with these values, was found guilty by an earlier run
    bool last = false;           ///< no other request could show more
    bool overdue = false;        ///< the row has failed for as long as an API may fail
    double failure_rate = 0;     ///< see traffic::failure_rate
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
  /// Others passed since these rows failed: the rows fail, not the API.
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
