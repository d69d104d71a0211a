// Whether an API refuses one row after the other with the same message. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::destinations {

/// Counts single rows that were refused, one after the other, with the same message. Numbers in the
/// message may differ, since they may name the row.
class same_refusals {
 public:
  /// After so many rows the refusals count as a rule.
  static constexpr std::uint32_t many = 20;

  /// A single row was refused. True if the refusals have just become a rule.
  bool refused(std::string_view words) {
    const auto pattern = without_numbers(words);
    if (pattern != words_) {
      words_ = pattern;
      rows_ = 0;
    }
    return ++rows_ == many;
  }
  /// A row was accepted.
  void accepted() { rows_ = 0; }
  /// Whether the last `many` rows were all refused with this message.
  [[nodiscard]] bool expect(std::string_view words) const {
    return rows_ >= many && without_numbers(words) == words_;
  }

 private:
  static std::string without_numbers(std::string_view words) {
    std::string out;
    out.reserve(words.size());
    for (const char c : words) {
      const bool digit = c >= '0' && c <= '9';
      if (!digit) {
        out += c;
      } else if (out.empty() || out.back() != '#') {
        out += '#';
      }
    }
    return out;
  }

  std::string words_;
  std::uint32_t rows_ = 0;
};

}  // namespace sluice::destinations
