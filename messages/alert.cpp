#include "messages/alert.hpp"

#include <array>

namespace sluice {

std::string_view to_string(alert_event x) {
  static constexpr std::array<std::string_view, 7> words{
      "failed", "rejected", "stopped", "recovered", "skipped", "succeeded", "late"};
  const auto i = static_cast<std::size_t>(x);
  return i < words.size() ? words[i] : std::string_view{"unknown"};
}

}  // namespace sluice
