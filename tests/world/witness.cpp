#include "tests/world/witness.hpp"

#include <fmt/format.h>

namespace sluice::test {
namespace {

std::string bytes_of(const delta_view& delta) {
  return std::string(delta.key) + std::string(delta.row);
}

}  // namespace

void witness::asked(const std::string& row, const delta_view& delta, bool again) {
  touched_.insert(row);
  if (delta.op == operation::erase) {
    deletes_began_ = true;
    if (in_source_.contains(row))
      complaints_.push_back(fmt::format("row {} is deleted, and the source has it", row));
    return;
  }
  // The row that a deleted one gave way to would be missing for as long.
  if (deletes_began_ && !again)
    complaints_.push_back(fmt::format("row {} is delivered after deletes began", row));
  const auto known = sure_.find(row);
  if (known != sure_.end() && known->second == bytes_of(delta)) again_.push_back(row);
}

void witness::told(const std::string& row, const delta_view& delta, fate what) {
  sure_.erase(row);
  pending_.erase(row);
  if (what == fate::delivered && delta.op != operation::erase) pending_[row] = bytes_of(delta);
}

void witness::run_ended(const run_record& run) {
  const auto known = pending_;
  const auto again = again_;
  if (run.failed) {
    node_died();  // it may have failed to record what it was told
  } else {
    sure_.insert(known.begin(), known.end());
    pending_.clear();
    touched_.clear();
    again_.clear();
    deletes_began_ = false;
  }
  if (run.type == run_type::incremental && !again.empty())
    complaints_.push_back(
        fmt::format("row {} was delivered again, and nothing of it had changed", again.front()));
}

void witness::node_died() {
  for (const auto& row : touched_) sure_.erase(row);
  touched_.clear();
  pending_.clear();
  again_.clear();
  deletes_began_ = false;
}

void witness::anything_may_come_again() {
  node_died();
  sure_.clear();
}

}  // namespace sluice::test
