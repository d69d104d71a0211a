#include "actors/api/start_claims.hpp"

#include <algorithm>
#include <utility>

namespace sluice::actors {

std::uint64_t start_claims::asked(std::string claim) {
  starts_.emplace(++last_, start{.claim = std::move(claim)});
  return last_;
}

void start_claims::answered(std::uint64_t number, command::any_answer answer,
                            clock::time_point now) {
  const auto found = starts_.find(number);
  if (found == starts_.end()) return;
  found->second.answer = std::move(answer);
  if (found->second.client_gone) lose(found, now);
}

void start_claims::refused(std::uint64_t number) {
  if (const auto found = starts_.find(number); found != starts_.end()) forget(found);
}

void start_claims::refused_for_a_run(std::uint64_t number, clock::time_point now, retry then) {
  std::erase_if(lost_, [&](const auto& one) { return one.second.until <= now; });
  const auto found = starts_.find(number);
  if (found == starts_.end()) return then(nullptr);
  if (auto kept = lost_.extract(found->second.claim))
    return hand_out(number, then, std::move(kept.mapped().answer), now);
  const auto other = earlier_one(number, found->second.claim);
  if (other == starts_.end()) return stand(number, then);
  found->second.waits_for_another = std::move(then);
  other->second.waiting.push_back(number);
}

void start_claims::over(std::uint64_t number, bool taken, clock::time_point now) {
  const auto found = starts_.find(number);
  if (found == starts_.end()) return;
  if (taken)
    forget(found);
  else if (found->second.answer)
    lose(found, now);
  else
    found->second.client_gone = true;
}

start_claims::starts::iterator start_claims::earlier_one(std::uint64_t than,
                                                         const std::string& claim) {
  return std::ranges::find_if(starts_, [&](const auto& one) {
    const auto& [other, s] = one;
    return other != than && s.claim == claim && !s.waits_for_another;
  });
}

void start_claims::hand_out(std::uint64_t number, const retry& then, command::any_answer lost,
                            clock::time_point now) {
  then(&lost);
  answered(number, std::move(lost), now);
}

void start_claims::stand(std::uint64_t number, const retry& then) {
  starts_.erase(number);
  then(nullptr);
}

void start_claims::lose(starts::iterator which, clock::time_point now) {
  auto gone = std::move(starts_.extract(which).mapped());
  if (gone.waiting.empty()) return keep(gone.claim, std::move(*gone.answer), now);
  for (const auto waiting : gone.waiting) {
    auto& s = starts_.at(waiting);
    hand_out(waiting, std::exchange(s.waits_for_another, nullptr), *gone.answer, now);
  }
}

void start_claims::forget(starts::iterator which) {
  const auto gone = std::move(starts_.extract(which).mapped());
  for (const auto waiting : gone.waiting)
    stand(waiting, std::exchange(starts_.at(waiting).waits_for_another, nullptr));
}

void start_claims::keep(const std::string& claim, command::any_answer answer,
                        clock::time_point now) {
  lost_.insert_or_assign(claim, lost_answer{std::move(answer), now + kept_for});
  if (lost_.size() > most_kept)
    lost_.erase(std::ranges::min_element(lost_, {}, [](const auto& x) { return x.second.until; }));
}

}  // namespace sluice::actors
