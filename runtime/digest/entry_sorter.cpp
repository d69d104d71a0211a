#include "runtime/digest/entry_sorter.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "messages/error.hpp"
#include "messages/expect.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::digest {
namespace {

/// Entries of each run in memory while runs are merged.
constexpr std::size_t run_block_entries = 512;

[[noreturn]] void fail_sort(const char* operation, const std::filesystem::path& directory,
                            int code) {
  throw failure(errc::ledger_failed, operation, directory.string(), os::reason(code),
                "the state directory must be writable and have 64 bytes free per row that is read");
}

}  // namespace

entry_sorter::entry_sorter(std::filesystem::path directory, std::size_t in_memory)
    : directory_(std::move(directory)), in_memory_(in_memory) {}

void entry_sorter::add(const entry& x) {
  expect(!merging_, "sort rows", "entries before the first is taken");
  if (buffer_.size() == in_memory_) spill();
  buffer_.push_back(x);
}

void entry_sorter::spill() {
  std::sort(buffer_.begin(), buffer_.end(), before);
  if (!file_) file_ = os::open_unnamed(directory_);
  if (!file_) fail_sort("create temporary file in", directory_, errno);
  const std::string_view bytes(reinterpret_cast<const char*>(buffer_.data()),
                               buffer_.size() * sizeof(entry));
  if (const int code = os::write_all(file_.get(), bytes); code != 0)
    fail_sort("write temporary file in", directory_, code);
  runs_.push_back({spilled_, spilled_ + buffer_.size(), {}, 0});
  spilled_ += buffer_.size();
  buffer_.clear();
}

bool entry_sorter::later(std::size_t a, std::size_t b) const {
  return before(runs_[b].block[runs_[b].taken], runs_[a].block[runs_[a].taken]);
}

void entry_sorter::begin_merging() {
  merging_ = true;
  if (runs_.empty()) {
    std::sort(buffer_.begin(), buffer_.end(), before);
    return;
  }
  if (!buffer_.empty()) spill();
  buffer_ = {};
  for (std::size_t i = 0; i < runs_.size(); ++i)
    if (fill(runs_[i])) heap_.push_back(i);
  std::make_heap(heap_.begin(), heap_.end(), [this](auto a, auto b) { return later(a, b); });
}

bool entry_sorter::fill(run& from) {
  const auto count = std::min<std::uint64_t>(from.end - from.at, run_block_entries);
  if (count == 0) return false;
  from.block.resize(count);
  from.taken = 0;
  if (const int code = os::read_all_at(file_.get(), from.at * sizeof(entry), from.block.data(),
                                       count * sizeof(entry));
      code != 0)
    fail_sort("read temporary file in", directory_, code);
  from.at += count;
  return true;
}

bool entry_sorter::next(entry& out) {
  if (!merging_) begin_merging();
  if (runs_.empty()) {
    if (taken_ == buffer_.size()) return false;
    out = buffer_[taken_++];
    return true;
  }
  if (heap_.empty()) return false;
  const auto order = [this](auto a, auto b) { return later(a, b); };
  std::pop_heap(heap_.begin(), heap_.end(), order);
  auto& least = runs_[heap_.back()];
  out = least.block[least.taken++];
  if (least.taken == least.block.size() && !fill(least))
    heap_.pop_back();
  else
    std::push_heap(heap_.begin(), heap_.end(), order);
  return true;
}

}  // namespace sluice::digest
