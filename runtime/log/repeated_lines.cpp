#include "runtime/log/repeated_lines.hpp"

#include <algorithm>

namespace sluice::log {
namespace {

/// `2,345`.
std::string grouped(std::uint64_t n) {
  auto text = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

}  // namespace

void repeated_lines::say(const line& said, clock::time_point now) {
  sum_up(now);
  const bool full = kinds_.size() >= most_kinds && !kinds_.contains(said.kind);
  const auto [place, is_first] = kinds_.try_emplace(full ? std::string{} : said.kind);
  auto& k = place->second;
  if (is_first) {
    k.end = now + interval_;
    out_(said.text);
    return;
  }
  ++k.held_back;
  k.latest = said.text;
}

void repeated_lines::sum_up(clock::time_point now) {
  for (auto each = kinds_.begin(); each != kinds_.end();) {
    auto& k = each->second;
    if (now < k.end) {
      ++each;
    } else if (k.held_back == 0) {
      each = kinds_.erase(each);
    } else {
      out_(k.held_back == 1 ? k.latest
                            : k.latest + " … and " + grouped(k.held_back - 1) + " more like it");
      k = {now + interval_, 0, {}};
      ++each;
    }
  }
}

repeated_lines::clock::time_point repeated_lines::due() const {
  auto first = clock::time_point::max();
  for (const auto& [kind, k] : kinds_) first = std::min(first, k.end);
  return first;
}

}  // namespace sluice::log
