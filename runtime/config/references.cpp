#include "runtime/config/references.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/os/program_output.hpp"
#include "runtime/os/small_file.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view opening = "${";
constexpr std::string_view escaped = "$${";

[[noreturn]] void refuse(const std::string& reference, std::string cause, std::string hint) {
  throw failure(errc::invalid_config, "resolve reference", reference, std::move(cause),
                std::move(hint));
}

std::string value_of_variable(const std::string& name) {
  const auto* const value = std::getenv(name.c_str());
  if (value == nullptr)
    refuse("${env:" + name + "}", "the environment variable is not set",
           "set it in the environment of the node");
  return value;
}

std::string value_of_file(const std::string& path, const std::filesystem::path& base) {
  const auto reference = "${file:" + path + "}";
  const auto content = os::read_small_file(base / path, limits::referenced_file);
  if (!content.text)
    refuse(reference, content.why, "the node must be able to read " + (base / path).string());
  std::string value(trimmed(*content.text, " \t\r\n\v\f"));
  if (value.find('\0') != std::string::npos)
    refuse(reference, "the file holds a zero byte", "it must be a text file");
  return value;
}

/// The words of a command: separated by blanks, but for those in single or double quotes. Nothing
/// for quotes that are not closed.
std::optional<std::vector<std::string>> words_of(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  const auto end_word = [&] {
    if (std::exchange(begun, false)) words.push_back(std::exchange(word, {}));
  };
  for (const char c : command) {
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      begun = true;
    } else if (quote == 0 && (c == ' ' || c == '\t')) {
      end_word();
    } else {
      word += c;
      begun = true;
    }
  }
  end_word();
  return quote == 0 ? std::optional(std::move(words)) : std::nullopt;
}

/// Why this is no command; empty if it is one.
std::string malformed_command(std::string_view command) {
  const auto words = words_of(command);
  if (!words) return "has a ${exec:…} with a quote that is not closed";
  if (words->empty() || words->front().find('/') == std::string::npos)
    return "has a ${exec:…} that names no program by its path: ${exec:/usr/bin/PROGRAM ARGS}";
  return {};
}

/// The command, its program as an absolute path. Throws if it must not be run.
std::vector<std::string> permitted(const std::string& command, const std::filesystem::path& base) {
  auto words = words_of(command).value_or(std::vector<std::string>{});
  const auto reference = "${exec:" + command + "}";
  if (words.empty())
    refuse(reference, "it names no program", "write ${exec:/usr/bin/PROGRAM ARGS}");
  const auto program = (base / words.front()).lexically_normal();
  if (const auto why = os::why_not_run(program); !why.empty())
    refuse(reference, program.string() + " " + why,
           "the program must belong to root or to the user of the node, and must not be writable "
           "by others");
  words.front() = program.string();
  return words;
}

std::string value_of_program(const std::string& command, const std::filesystem::path& base) {
  const auto reference = "${exec:" + command + "}";
  auto line = os::first_line_of(permitted(command, base), limits::program, limits::program_line);
  const auto* const hint = "run it by hand, as the user of the node, to see what it says";
  if (!line.text) refuse(reference, line.why, hint);
  if (line.text->find('\0') != std::string::npos)
    refuse(reference, "its first line holds a zero byte", "it must be text");
  if (trimmed(*line.text).empty()) refuse(reference, "it printed no first line", hint);
  return *std::move(line.text);
}

}  // namespace

bool parsed_text::has_references() const {
  return std::ranges::any_of(pieces,
                             [](const auto& x) { return x.what != text_piece::kind::literal; });
}

std::string to_text(const text_piece& piece) {
  switch (piece.what) {
    case text_piece::kind::literal:
      break;
    case text_piece::kind::env:
      return "${env:" + piece.text + "}";
    case text_piece::kind::file:
      return "${file:" + piece.text + "}";
    case text_piece::kind::exec:
      return "${exec:" + piece.text + "}";
  }
  return piece.text;
}

std::size_t end_of_reference(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with(escaped)) return at + escaped.size();
  if (!text.substr(at).starts_with(opening)) return at;
  const auto close = text.find('}', at);
  return close == std::string_view::npos ? text.size() : close + 1;
}

parsed_text parse_references(std::string_view text) {
  parsed_text out;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) out.pieces.push_back({text_piece::kind::literal, std::move(literal)});
    literal.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto end = end_of_reference(text, at);
    if (end == at) {
      literal += text[at++];
      continue;
    }
    auto inner = text.substr(at, end - at);
    at = end;
    if (inner == escaped) {
      literal += opening;
      continue;
    }
    if (!inner.ends_with('}')) {
      out.malformed = "has a reference without its closing }";
      return out;
    }
    inner = inner.substr(opening.size(), inner.size() - opening.size() - 1);
    end_literal();
    const auto colon = inner.find(':');
    const auto what = inner.substr(0, colon);
    const auto name = colon == std::string_view::npos ? "" : inner.substr(colon + 1);
    if (what == "env" && !name.empty() && name.find('=') == std::string_view::npos) {
      out.pieces.push_back({text_piece::kind::env, std::string(name)});
    } else if (what == "file" && !name.empty()) {
      out.pieces.push_back({text_piece::kind::file, std::string(name)});
    } else if (what == "exec" && !name.empty()) {
      out.malformed = malformed_command(name);
      if (!out.malformed.empty()) return out;
      out.pieces.push_back({text_piece::kind::exec, std::string(name)});
    } else {
      out.malformed = "has a ${…} that is none of ${env:NAME}, ${file:PATH}, ${exec:PROGRAM}";
      return out;
    }
  }
  end_literal();
  return out;
}

std::string value_of(const text_piece& piece, const std::filesystem::path& base) {
  switch (piece.what) {
    case text_piece::kind::literal:
      return piece.text;
    case text_piece::kind::env:
      return value_of_variable(piece.text);
    case text_piece::kind::file:
      return value_of_file(piece.text, base);
    case text_piece::kind::exec:
      return value_of_program(piece.text, base);
  }
  return {};
}

std::string value_without_running(const text_piece& piece, const std::filesystem::path& base) {
  if (piece.what != text_piece::kind::exec) return value_of(piece, base);
  static_cast<void>(permitted(piece.text, base));
  return {};
}

std::string expand(std::string_view text, const std::filesystem::path& base) {
  const auto parsed = parse_references(text);
  if (!parsed.malformed.empty())
    throw failure(errc::invalid_config, "resolve references", "", "the text " + parsed.malformed,
                  "write $${ for a literal ${");
  std::string out;
  for (const auto& piece : parsed.pieces) out += value_of(piece, base);
  return out;
}

std::vector<std::string> unresolved(std::string_view text, const std::filesystem::path& base) {
  std::vector<std::string> why;
  for (const auto& piece : parse_references(text).pieces) {
    try {
      static_cast<void>(value_of(piece, base));
    } catch (const failure& f) {
      why.push_back(f.info().object + ": " + f.info().cause);
    }
  }
  return why;
}

}  // namespace sluice::config
