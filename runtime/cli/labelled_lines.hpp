// Lines of a label and a text, as `status` prints them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// Collects lines and prints them in two columns, counts under each other. Texts must be printable.
class labelled_lines {
 public:
  void add(std::string_view label, std::string text);
  /// Adds a number with a remark.
  void add_count(std::string_view label, std::uint64_t count, std::string remark = {});
  /// Two spaces, the label, the text; each line ends with a break.
  [[nodiscard]] std::string render() const;

 private:
  struct line {
    std::string label;
    std::string count;  ///< empty if there is none
    std::string text;
  };
  std::vector<line> lines_;
};

}  // namespace sluice::cli
