#include "runtime/web/accepted_coding.hpp"

#include <algorithm>

#include "messages/ascii.hpp"

namespace sluice::web {

bool accepts_gzip(std::string_view accepted) {
  while (!accepted.empty()) {
    const auto end = std::min(accepted.find(','), accepted.size());
    auto coding = accepted.substr(0, end);
    accepted = end < accepted.size() ? accepted.substr(end + 1) : std::string_view();
    const auto weight = coding.substr(std::min(coding.find(';'), coding.size()));
    const bool is_unwanted = weight.find("q=0") != std::string_view::npos &&
                             weight.find_first_of("123456789") == std::string_view::npos;
    coding.remove_suffix(weight.size());
    if (same_word(trimmed(coding), "gzip")) return !is_unwanted;
  }
  return false;
}

}  // namespace sluice::web
