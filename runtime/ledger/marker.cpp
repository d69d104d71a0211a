#include "runtime/ledger/marker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "messages/expect.hpp"
#include "runtime/ledger/bytes.hpp"
#include "runtime/ledger/errors.hpp"
#include "runtime/ledger/file.hpp"

namespace sluice::ledger {
namespace {

constexpr auto file_name = "current";
constexpr auto temporary_name = "current.tmp";

constexpr std::string_view first_words = "sluice ledger ";
constexpr std::string_view checksum_word = "checksum ";
/// The version of markers that name a rule; markers without a rule have version 1.
constexpr int latest_version = 2;

std::string text_of(const marker& what) {
  auto text = fmt::format("{}{}\ngeneration {}\nidentity {:016x}{:016x}\n", first_words,
                          what.rule.empty() ? 1 : latest_version, what.generation,
                          what.identity.high, what.identity.low);
  if (!what.rule.empty()) text += fmt::format("rows {}\n", what.rule);
  return text + fmt::format("{}{:016x}\n", checksum_word, checksum(text));
}

/// Whether the last line is the checksum of the lines before it, as in all formats.
bool has_good_checksum(const std::string& text) {
  const auto at = text.rfind("\n" + std::string(checksum_word));
  if (at == std::string::npos || !text.starts_with(first_words)) return false;
  const auto covered = std::string_view(text).substr(0, at + 1);
  return text.substr(at + 1) == fmt::format("{}{:016x}\n", checksum_word, checksum(covered));
}

std::string version_in(const std::string& text) {
  return text.substr(first_words.size(), text.find('\n') - first_words.size());
}

/// The value behind `word`, which begins a line of `text`.
std::string value_of(const std::string& text, const std::string& word) {
  const auto at = text.find("\n" + word + " ");
  if (at == std::string::npos) return {};
  const auto begin = at + word.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::uint64_t number_of(const std::string& digits, int base) {
  return digits.empty() ? 0 : std::stoull(digits, nullptr, base);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::optional<marker> read_marker(const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory) || std::filesystem::is_empty(directory))
    return std::nullopt;
  const auto path = directory / file_name;
  if (!std::filesystem::exists(path))
    fail_corrupt(path, 0, "the file is missing, its ledger is not");
  return parse_marker(read_file(path), path);
}

marker parse_marker(const std::string& text, const std::filesystem::path& path) {
  if (!has_good_checksum(text)) fail_corrupt(path, 0, "bad checksum of the marker");
  marker what;
  try {
    what.generation = number_of(value_of(text, "generation"), 10);
    what.rule = value_of(text, "rows");
    const auto identity = value_of(text, "identity");
    if (identity.size() == 32)
      what.identity = {number_of(identity.substr(0, 16), 16), number_of(identity.substr(16), 16)};
  } catch (const std::logic_error&) {  // stoull: digits that are none, or too many
  }
  // The checksum is right, but this program does not write such a text: another version wrote it.
  if (text != text_of(what))
    fail_format(path, fmt::format("its format has version {}, or a part that this program, which "
                                  "knows versions up to {}, does not",
                                  version_in(text), latest_version));
  return what;
}

void expect_one_line(const std::string& rule) {
  expect(rule.find('\n') == std::string::npos, "write marker", "a rule of one line");
}

void write_marker(system_calls& calls, const std::filesystem::path& directory, const marker& what) {
  expect_one_line(what.rule);
  const auto temporary = directory / temporary_name;
  auto out = file::create(calls, temporary);
  out.write(0, text_of(what));
  out.sync();
  rename(calls, temporary, directory / file_name);
  sync_directory(calls, directory);
}

std::filesystem::path base_path(const std::filesystem::path& directory, std::uint64_t generation) {
  return directory / fmt::format("base.{}", generation);
}

std::filesystem::path journal_path(const std::filesystem::path& directory,
                                   std::uint64_t generation) {
  return directory / fmt::format("journal.{}", generation);
}

void remove_leftovers(system_calls& calls, const std::filesystem::path& directory,
                      std::uint64_t current_generation) {
  std::error_code unreadable;
  for (std::filesystem::directory_iterator at(directory, unreadable), end; !unreadable && at != end;
       at.increment(unreadable)) {
    const auto name = at->path().filename().string();
    const auto stem = at->path().stem().string();
    const auto suffix = name.substr(std::min(name.size(), stem.size() + 1));
    const bool of_other_generation = (stem == "base" || stem == "journal") && is_number(suffix) &&
                                     suffix != std::to_string(current_generation);
    if (of_other_generation || name == temporary_name || name.starts_with("run.tmp."))
      calls.unlink(at->path().c_str());
  }
}

}  // namespace sluice::ledger
