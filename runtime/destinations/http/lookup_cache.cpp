#include "runtime/destinations/http/lookup_cache.hpp"

namespace sluice::destinations {

void lookup_cache::begin(const run_id& run) {
  const std::lock_guard lock(mutex_);
  if (run_ == run) return;
  run_ = run;
  recent_.clear();
  old_.clear();
  recent_bytes_ = 0;
}

lookup_cache::answer lookup_cache::find(const hash128& question) {
  if (const auto found = recent_.find(question); found != recent_.end()) return found->second;
  const auto found = old_.find(question);
  if (found == old_.end()) return nullptr;
  auto again = found->second;
  keep(question, again);
  return again;
}

void lookup_cache::keep(const hash128& question, answer found) {
  const auto bytes = found->bytes() + bytes_of_answer;
  if (recent_bytes_ + bytes > most_bytes_) {
    old_ = std::exchange(recent_, {});
    recent_bytes_ = 0;
  }
  if (recent_.emplace(question, std::move(found)).second) recent_bytes_ += bytes;
}

bool lookup_cache::wait(const hash128& question, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return settled_.wait(lock, stop, [&] { return !asked_.contains(question); });
}

lookup_cache::claims::~claims() {
  if (open_.empty()) return;
  const std::lock_guard lock(cache_.mutex_);
  for (const auto& question : open_) cache_.asked_.erase(question);
  cache_.settled_.notify_all();
}

lookup_cache::claims::finding lookup_cache::claims::take(const hash128& question) {
  const std::lock_guard lock(cache_.mutex_);
  if (auto known = cache_.find(question)) return {std::move(known), false};
  const bool mine = cache_.asked_.insert(question).second;
  if (mine) open_.insert(question);
  return {nullptr, mine};
}

void lookup_cache::claims::settle(const hash128& question, answer found) {
  const std::lock_guard lock(cache_.mutex_);
  open_.erase(question);
  cache_.asked_.erase(question);
  cache_.keep(question, std::move(found));
  cache_.settled_.notify_all();
}

}  // namespace sluice::destinations
