// The fates of the rows of one batch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/request_plan.hpp"

namespace sluice::destinations {

/// The fates of a batch, as its requests are answered. A row of a request with unknown outcome
/// stays `unknown` unless it is delivered later. It stays so even if it is refused in the end,
/// since the earlier attempt may have been carried out. Pure; one thread.
class row_fates {
 public:
  using row_list = std::vector<std::uint32_t>;

  /// `deltas` outlive it.
  explicit row_fates(const batch& deltas);

  void deliver(std::uint32_t row) { outcome_.fates[row] = fate::delivered; }
  /// What is to be remembered of a row that was delivered: see batch_outcome::remembered.
  void remember(std::uint32_t row, std::string text) {
    outcome_.remembered.push_back({row, std::move(text)});
  }
  /// What the API answered to the last request with these rows, for people.
  void answer(const row_list& rows, const std::string& text);
  void doubt(std::uint32_t row) { outcome_.fates[row] = fate::unknown; }
  void doubt(const row_list& rows);
  void reject(std::uint32_t row, std::string reason, int status);
  /// The row failed, and is tried again after everything else was delivered.
  void put_aside(std::uint32_t row, std::string reason, int status);
  /// The destination failed as a whole. The first reason is kept.
  void fail(error why) {
    if (!outcome_.failed) outcome_.failed = std::move(why);
  }
  void ask_again_at(const std::optional<timestamp>& when) { outcome_.ask_again_at = when; }

  [[nodiscard]] bool is_unknown(std::uint32_t row) const {
    return outcome_.fates[row] == fate::unknown;
  }
  /// Whether an earlier attempt at one of the rows may have been carried out, in this run or in the
  /// one before.
  [[nodiscard]] bool in_doubt(const request_plan& plan, const row_list& rows) const;

  /// The outcome of the batch. This object is empty afterwards.
  batch_outcome take();

 private:
  const batch& deltas_;
  batch_outcome outcome_;
  std::map<std::uint32_t, std::string> answers_;  ///< by row
};

}  // namespace sluice::destinations
