// Regular expressions of the configuration, for texts from APIs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sluice::config {

/// A regular expression in RE2's syntax: without back references, so that time and memory are
/// bounded by the length of the text. Immutable; thread safe.
class text_pattern {
 public:
  explicit text_pattern(const std::string& written);
  ~text_pattern();
  text_pattern(text_pattern&&) noexcept;
  text_pattern& operator=(text_pattern&&) noexcept;

  /// The problem of the expression; empty if there is none.
  [[nodiscard]] std::string problem() const;
  /// Whether it matches a part of `text`. REQUIRES: the expression has no problem.
  [[nodiscard]] bool found_in(std::string_view text) const;

 private:
  struct compiled;
  std::unique_ptr<compiled> compiled_;
};

}  // namespace sluice::config
