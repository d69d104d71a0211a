// Memory for the texts of one batch.
#pragma once

#include <cstring>
#include <memory_resource>
#include <string_view>

namespace sluice::destinations {

/// Texts that keep their addresses until `clear`.
class text_arena {
 public:
  /// Copies `text`; the view is valid until `clear`.
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    auto* bytes = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

  void clear() { memory_.release(); }

 private:
  std::pmr::monotonic_buffer_resource memory_;
};

}  // namespace sluice::destinations
