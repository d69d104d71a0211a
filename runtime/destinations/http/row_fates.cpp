#include "runtime/destinations/http/row_fates.hpp"

#include <algorithm>
#include <utility>

namespace sluice::destinations {

row_fates::row_fates(const batch& deltas) : deltas_(deltas) {
  outcome_.fates.assign(deltas.size(), fate::undelivered);
}

void row_fates::doubt(const row_list& rows) {
  for (const auto row : rows) doubt(row);
}

void row_fates::reject(std::uint32_t row, std::string reason, int status) {
  if (!is_unknown(row)) outcome_.fates[row] = fate::rejected;
  outcome_.rejections.push_back({row, std::move(reason), status});
}

void row_fates::put_aside(std::uint32_t row, std::string reason, int status) {
  outcome_.rejections.push_back({.index = row,
                                 .reason = std::move(reason),
                                 .status = status,
                                 .again = false,
                                 .unproven = true});
}

bool row_fates::in_doubt(const request_plan& plan, const row_list& rows) const {
  return std::ranges::any_of(
      rows, [&](std::uint32_t row) { return is_unknown(row) || plan.was_in_doubt(deltas_[row]); });
}

void row_fates::answer(const row_list& rows, const std::string& text) {
  for (const auto row : rows) answers_[row] = text;
}

batch_outcome row_fates::take() {
  for (auto& [row, text] : std::exchange(answers_, {}))
    outcome_.answers.push_back({row, std::move(text)});
  std::ranges::sort(outcome_.rejections, {}, &rejection::index);
  std::ranges::sort(outcome_.remembered, {}, &row_answer::index);
  return std::move(outcome_);
}

}  // namespace sluice::destinations
