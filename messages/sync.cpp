#include "messages/sync.hpp"

#include <string>

namespace sluice {

std::string row_choice::in_words() const {
  const auto number = [](std::uint64_t n, const char* one, const char* several) {
    return std::to_string(n) + " " + (n == 1 ? one : several);
  };
  std::string out;
  if (!keys.empty()) out = number(list().size(), "row by its key", "rows by their keys");
  if (limit.number() == 0) return out;
  if (!out.empty()) out += ", ";
  return out + "at most " + number(limit.number(), "change", "changes");
}

}  // namespace sluice
