#include "runtime/ledger/merge_cursor.hpp"

namespace sluice::ledger {

merge_cursor::merge_cursor(const std::vector<const generation*>& newest_first) {
  for (const auto* each : newest_first)
    heads_.push_back({each, 0, each->entries() > 0 ? &each->at(0) : nullptr});
}

bool merge_cursor::next() {
  for (const auto& [generation, position] : occurrences_) {
    auto& passed = heads_[generation];
    ++passed.position;
    passed.value =
        passed.position < passed.from->entries() ? &passed.from->at(passed.position) : nullptr;
  }
  occurrences_.clear();
  winner_ = nullptr;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const auto* value = heads_[i].value;
    if (value == nullptr) continue;
    if (winner_ == nullptr || value->key < winner_->key) {
      occurrences_.clear();
      winner_ = value;
    } else if (value->key != winner_->key) {
      continue;
    }
    occurrences_.push_back({i, heads_[i].position});
  }
  return winner_ != nullptr;
}

std::string_view merge_cursor::packed_key() const {
  return heads_[occurrences_.front().generation].from->packed_key(*winner_);
}

std::string_view merge_cursor::remembered() const {
  return heads_[occurrences_.front().generation].from->remembered(*winner_);
}

}  // namespace sluice::ledger
