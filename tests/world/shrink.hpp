// Cuts a story that goes wrong down to the steps that it takes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace sluice::test {

/// The fewest of `steps` that still fail, as far as leaving out whole pieces, ever smaller ones,
/// can tell. `fails` is asked at most `most` times.
template <class Step>
std::vector<Step> shrink(std::vector<Step> steps,
                         const std::function<bool(const std::vector<Step>&)>& fails,
                         std::size_t most = 400) {
  for (auto piece = (steps.size() + 1) / 2; piece > 0;) {
    bool cut = false;
    for (std::size_t at = 0; at < steps.size() && most > 0;) {
      const auto end = std::min(at + piece, steps.size());
      auto fewer = steps;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at),
                  fewer.begin() + static_cast<std::ptrdiff_t>(end));
      --most;
      if (fails(fewer)) {
        steps = std::move(fewer);
        cut = true;
      } else {
        at = end;
      }
    }
    if (!cut || piece > steps.size()) piece = piece > 1 ? piece / 2 : 0;
    if (most == 0) break;
  }
  return steps;
}

}  // namespace sluice::test
