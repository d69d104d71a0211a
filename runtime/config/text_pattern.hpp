// Regular expressions of the configuration, for texts that others write.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sluice::config {

/// A regular expression in RE2's syntax: no back references, and so neither time nor memory beyond
/// what the length of the text accounts for, whatever the text. Immutable; thread safe.
class text_pattern {
 public:
  explicit text_pattern(const std::string& written);
  ~text_pattern();
  text_pattern(text_pattern&&) noexcept;
  text_pattern& operator=(text_pattern&&) noexcept;

  /// What is wrong with the expression; empty if nothing is.
  [[nodiscard]] std::string problem() const;
  /// Whether it matches a part of `text`. REQUIRES: it has no problem.
  [[nodiscard]] bool found_in(std::string_view text) const;

 private:
  struct compiled;
  std::unique_ptr<compiled> compiled_;
};

}  // namespace sluice::config
