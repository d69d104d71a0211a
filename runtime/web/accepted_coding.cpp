#include "runtime/web/accepted_coding.hpp"

#include <algorithm>

#include "runtime/web/exchange.hpp"

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
    coding.remove_prefix(std::min(coding.find_first_not_of(" \t"), coding.size()));
    coding = coding.substr(0, coding.find_last_not_of(" \t") + 1);
    if (same_word(coding, "gzip")) return !is_unwanted;
  }
  return false;
}

}  // namespace sluice::web
