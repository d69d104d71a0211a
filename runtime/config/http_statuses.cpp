#include "runtime/config/http_statuses.hpp"

namespace sluice::config {

std::string_view to_string(status_class x) {
  switch (x) {
    case status_class::delivered:
      return "delivered";
    case status_class::retry:
      return "retry";
    case status_class::credentials:
      return "credentials";
    case status_class::road:
      return "road";
    case status_class::exists:
      return "exists";
    case status_class::missing:
      return "missing";
    case status_class::row:
      break;
  }
  return "row";
}

bool http_statuses::add(std::string_view key, status_class meaning) {
  if (key.size() != 3) return false;
  range added{0, 0, meaning};
  bool open = false;  // an x stands for every digit, and so does all that follows it
  for (const char c : key) {
    const bool any = c == 'x' || c == 'X';
    if (!any && (open || c < '0' || c > '9')) return false;
    open = any;
    added.first = added.first * 10 + (any ? 0 : c - '0');
    added.last = added.last * 10 + (any ? 9 : c - '0');
  }
  if (added.first < lowest || added.last > highest) return false;
  ranges_.push_back(added);
  return true;
}

std::optional<status_class> http_statuses::find(int status) const {
  const range* narrowest = nullptr;
  for (const auto& each : ranges_) {
    if (status < each.first || status > each.last) continue;
    if (narrowest == nullptr || each.last - each.first < narrowest->last - narrowest->first)
      narrowest = &each;
  }
  if (narrowest == nullptr) return std::nullopt;
  return narrowest->meaning;
}

}  // namespace sluice::config
