#include "messages/alert.hpp"

#include <array>

#include "messages/words.hpp"

namespace sluice {

std::string_view to_string(alert_event x) {
  static constexpr std::array<std::string_view, 7> words{
      "failed", "rejected", "stopped", "recovered", "skipped", "succeeded", "late"};
  static_assert(ends_with(words, alert_event::late));
  return word_of(words, x);
}

}  // namespace sluice
