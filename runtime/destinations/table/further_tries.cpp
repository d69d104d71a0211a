#include "runtime/destinations/table/further_tries.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "messages/error.hpp"

namespace sluice::destinations {
namespace {

constexpr auto tried_again = " (tried again after all other rows, with the same result)";

/// The rows that still wait, and the fates of the others.
class waiting_rows {
 public:
  explicit waiting_rows(const batch& all) : all_(all), positions_(all.size()) {
    std::iota(positions_.begin(), positions_.end(), 0);
    outcome_.fates.assign(all.size(), fate::undelivered);
  }

  [[nodiscard]] std::size_t size() const { return positions_.size(); }
  /// Nothing more can be tried.
  [[nodiscard]] bool over() const { return positions_.empty() || outcome_.failed; }

  /// Tries all of them as usual. True if some have passed.
  template <class Attempt>
  bool pass(Attempt&& attempt) {
    return try_all(attempt, [this](const auto& tried, batch_outcome&& got) { settle(tried, got); });
  }
  /// The same, all at once. Rows that are rejected keep waiting, with their earlier reasons.
  template <class Attempt>
  bool pass_together(Attempt&& attempt) {
    return try_all(attempt, [this](const auto& tried, batch_outcome&& got) {
      for (std::size_t i = 0; i < tried.size(); ++i) {
        if (got.fates[i] == fate::rejected) {
          positions_.push_back(tried[i]);
        } else {
          outcome_.fates[tried[i]] = got.fates[i];
        }
      }
      std::erase_if(rejected_, [this](const rejection& r) {
        return std::find(positions_.begin(), positions_.end(), r.index) == positions_.end();
      });
    });
  }

  batch_outcome take() {
    for (auto& r : rejected_) {
      outcome_.fates[r.index] = fate::rejected;
      r.reason += tried_again;
      outcome_.rejections.push_back(std::move(r));
    }
    std::sort(outcome_.rejections.begin(), outcome_.rejections.end(),
              [](const rejection& a, const rejection& b) { return a.index < b.index; });
    return std::move(outcome_);
  }

 private:
  template <class Attempt, class Settle>
  bool try_all(Attempt&& attempt, Settle&& settle) {
    batch rows(all_.number());
    for (const auto p : positions_) {
      const auto d = all_[p];
      rows.append(d.op, d.key_hash, d.fingerprint, d.key, d.row);
    }
    try {
      auto got = attempt(rows);
      outcome_.failed = std::move(got.failed);
      const bool passed =
          std::find(got.fates.begin(), got.fates.end(), fate::delivered) != got.fates.end();
      settle(std::exchange(positions_, {}), std::move(got));
      return passed;
    } catch (const failure& f) {
      // It is no longer known whether these rows fit by now.
      rejected_.clear();
      outcome_.failed = f.info();
      return false;
    }
  }

  void settle(const std::vector<std::uint32_t>& tried, batch_outcome& got) {
    rejected_.clear();
    for (std::size_t i = 0; i < tried.size(); ++i) outcome_.fates[tried[i]] = got.fates[i];
    for (auto& r : got.rejections) {
      const bool waits = r.again && got.fates[r.index] == fate::rejected;
      r.index = tried[r.index];
      r.again = false;
      (waits ? rejected_ : outcome_.rejections).push_back(std::move(r));
    }
    for (const auto& r : rejected_) {
      outcome_.fates[r.index] = fate::undelivered;
      positions_.push_back(r.index);
    }
  }

  const batch& all_;
  std::vector<std::uint32_t> positions_;
  std::vector<rejection> rejected_;  ///< the latest reasons why they wait
  batch_outcome outcome_;
};

}  // namespace

batch_outcome deliver_in_any_order(const batch& deltas, const attempts& how) {
  waiting_rows waiting(deltas);
  bool descending = false;
  for (std::uint64_t tried = 0; !waiting.over() && tried < most_tries; descending = !descending) {
    tried += waiting.size();
    const bool passed =
        waiting.pass([&](const batch& rows) { return how.one_by_one(rows, descending); });
    if (passed || waiting.over()) continue;
    if (!waiting.pass_together(how.together)) break;
  }
  return waiting.take();
}

}  // namespace sluice::destinations
