// `${env:NAME}`, `${file:PATH}` and `${exec:PROGRAM ARGS}` inside texts. `$${` stands for a literal
// `${`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// A part of a text: a literal, or one reference.
struct text_piece {
  enum class kind : std::uint8_t { literal, env, file, exec } what = kind::literal;
  std::string text;  ///< the literal, the variable's name, the file's path or the command

  bool operator==(const text_piece&) const = default;
};

/// Whether `${…}` is a reference: yes in configured texts, no in resolved values.
enum class reference_syntax : std::uint8_t { on, off };

/// A text split into parts, or why it is malformed.
struct parsed_text {
  std::vector<text_piece> pieces;
  std::string malformed;  ///< the problem; empty if there is none

  [[nodiscard]] bool has_references() const;
};

parsed_text parse_references(std::string_view text);

/// A reference as written, `${env:NAME}`; a literal unchanged.
std::string to_text(const text_piece& piece);

/// The end of the reference or escape that begins at `at`; `at` itself if none begins there. A
/// reference that is not closed ends with the text.
std::size_t end_of_reference(std::string_view text, std::size_t at);

/// The value of one reference; a literal is its own value. `base` is the directory of relative
/// paths. White space around a file's content is trimmed. Of a program it is the first line of what
/// it prints: it is run each time, without a shell, for `limits::program` at most (see
/// os/program_output.hpp). Throws `failure` (invalid_config) naming the variable, file or program,
/// never its content.
std::string value_of(const text_piece& piece, const std::filesystem::path& base);

/// `value_of`, but that a program is not run: only whether it may be is looked at, and the value is
/// empty.
std::string value_without_running(const text_piece& piece, const std::filesystem::path& base);

/// The text with every reference replaced by its value; throws as `value_of` does, and on malformed
/// references.
std::string expand(std::string_view text, const std::filesystem::path& base);

/// The reason for each reference of `text` without a value. Reasons contain no values.
std::vector<std::string> unresolved(std::string_view text, const std::filesystem::path& base);

}  // namespace sluice::config
