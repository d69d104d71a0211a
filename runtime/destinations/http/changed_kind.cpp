#include "runtime/destinations/http/changed_kind.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "messages/delivery_name.hpp"
#include "messages/expect.hpp"

namespace sluice::destinations {

changed_kind::changed_kind(const batch& from, std::vector<misfit> rows, operation to)
    : rows_(std::move(rows)), to_(to), deltas_(from.number()) {
  expect(std::ranges::all_of(rows_, [&](const misfit& each) { return each.row < from.size(); }),
         "send rows as another kind", "rows of the batch");
  for (const auto& each : rows_) {
    const auto d = from[each.row];
    deltas_.append(to, d.key_hash, d.fingerprint, d.key, d.row, delivery_name_instead(d.delivery));
    deltas_.remember(deltas_.size() - 1, d.remembered);
  }
}

std::vector<std::uint32_t> changed_kind::all() const {
  std::vector<std::uint32_t> out(rows_.size());
  std::iota(out.begin(), out.end(), std::uint32_t{0});
  return out;
}

std::vector<std::uint32_t> changed_kind::in_doubt(const batch_outcome& whole) const {
  auto out = all();
  std::erase_if(out, [&](std::uint32_t i) { return whole.fates[rows_[i].row] != fate::unknown; });
  return out;
}

void changed_kind::tell(batch_outcome part, batch_outcome& whole) const {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    auto& became = whole.fates[rows_[i].row];
    if (became != fate::unknown || part.fates[i] == fate::delivered) became = part.fates[i];
  }
  const bool inserted = to_ == operation::insert;
  for (auto& rejection : part.rejections) {
    const auto& before = rows_[rejection.index];
    rejection.reason += std::string("; sent as an ") + std::string(to_string(to_)) +
                        ", since the " + (inserted ? "update" : "insert") +
                        " was answered: " + before.words;
    rejection.index = before.row;
    whole.rejections.push_back(std::move(rejection));
  }
  std::ranges::sort(whole.rejections, {}, &rejection::index);
  for (auto& each : part.remembered) {
    each.index = rows_[each.index].row;
    whole.remembered.push_back(std::move(each));
  }
  std::ranges::sort(whole.remembered, {}, &row_answer::index);
  for (auto& each : part.answers) {
    each.index = rows_[each.index].row;
    std::erase_if(whole.answers, [&](const row_answer& a) { return a.index == each.index; });
    whole.answers.push_back(std::move(each));
  }
  std::ranges::sort(whole.answers, {}, &row_answer::index);
  if (!whole.failed) whole.failed = std::move(part.failed);
  if (part.ask_again_at) whole.ask_again_at = part.ask_again_at;
}

}  // namespace sluice::destinations
