// `${env:NAME}` and `${file:PATH}` inside texts. `$${` stands for a literal `${`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// A stretch of a text: literal, or one reference.
struct text_piece {
  enum class kind : std::uint8_t { literal, env, file } what = kind::literal;
  std::string text;  ///< the literal, the variable's name or the file's path

  bool operator==(const text_piece&) const = default;
};

/// Whether `${…}` is looked for: in what people wrote it is, in what references resolved to it is
/// not.
enum class reference_syntax : std::uint8_t { on, off };

/// A text cut into pieces, or why that cannot be done.
struct parsed_text {
  std::vector<text_piece> pieces;
  std::string malformed;  ///< what is wrong; empty if nothing is

  [[nodiscard]] bool has_references() const;
};

parsed_text parse_references(std::string_view text);

/// A reference as it is written, `${env:NAME}`; a literal as it is.
std::string to_text(const text_piece& piece);

/// Where the reference or escape that begins at `at` ends; `at` itself if none begins there. A
/// reference that is not closed ends with the text.
std::size_t end_of_reference(std::string_view text, std::size_t at);

/// The value of one reference; a literal is its own value. `base` is the directory that relative
/// paths are relative to. White space around a file's content is trimmed. Throws `failure`
/// (invalid_config) naming the variable or file, never its content.
std::string value_of(const text_piece& piece, const std::filesystem::path& base);

/// The text with every reference replaced by its value; throws as `value_of` does, and on malformed
/// references.
std::string expand(std::string_view text, const std::filesystem::path& base);

/// Why each reference of `text` that has no value has none, without any value.
std::vector<std::string> unresolved(std::string_view text, const std::filesystem::path& base);

}  // namespace sluice::config
