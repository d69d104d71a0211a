// Text on a terminal: safe to print, its width, its colours. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::cli {

/// The text without characters that control a terminal: line breaks and tabs become spaces, other
/// control characters and broken UTF-8 become `?`. Used for names and messages of databases before
/// they are printed.
std::string printable(std::string_view text);

/// Columns that printable text takes up: two for wide characters, none for combining ones.
std::size_t display_width(std::string_view text);

/// At most `width` columns of the text, the last one `…` if something is missing.
std::string shorten(std::string_view text, std::size_t width);

/// Colours if wanted, otherwise the bare text.
struct palette {
  bool enabled = false;
  [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return paint("31", text); }
  [[nodiscard]] std::string green(std::string_view text) const { return paint("32", text); }
  [[nodiscard]] std::string yellow(std::string_view text) const { return paint("33", text); }

 private:
  [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const;
};

}  // namespace sluice::cli
