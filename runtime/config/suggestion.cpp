#include "runtime/config/suggestion.hpp"

#include <algorithm>
#include <vector>

#include "messages/ascii.hpp"

namespace sluice::config {
namespace {

/// `warn` for `warning`: as good as one letter wrong.
bool is_beginning(std::string_view word, std::string_view candidate) {
  return word.size() >= 3 && candidate.starts_with(word);
}

/// Damerau-Levenshtein distance in its "optimal string alignment" form.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + replaced});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  // A third of the letters may differ; beyond that a suggestion misleads. This bounds the work for
  // absurdly long words, too.
  std::size_t allowed = (std::min<std::size_t>(word.size(), 30) + 2) / 3;
  for (const auto candidate : known) {
    const auto longer = std::max(word.size(), candidate.size());
    const auto shorter = std::min(word.size(), candidate.size());
    const bool beginning = is_beginning(word, candidate);
    if (!beginning && longer - shorter > allowed) continue;
    const auto d = beginning ? 1 : distance(word, candidate);
    if (d > allowed || (best && d == allowed)) continue;
    best = candidate;
    allowed = d;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  if (const auto near = nearest(word, known)) return "did you mean \"" + std::string(*near) + "\"?";
  std::string all;
  for (const auto candidate : known) {
    if (!all.empty()) all += ", ";
    all += "\"" + std::string(candidate) + "\"";
  }
  return known.size() == 1 ? "only " + all + " is known here" : "known here: " + all;
}

}  // namespace sluice::config
