#include "runtime/web/chunked_body.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::web {
namespace {

constexpr std::string_view end_of_line = "\r\n";

/// Of a size line: control characters could hide a second line from other readers.
bool is_harmless(char c) { return c == '\t' || static_cast<unsigned char>(c) >= ' '; }

}  // namespace

chunked_body::state chunked_body::expect_line_end(std::string_view& bytes) {
  const auto there = bytes.substr(0, end_of_line.size());
  if (!end_of_line.starts_with(there)) return state::broken;
  if (there.size() < end_of_line.size()) return state::more;
  bytes.remove_prefix(end_of_line.size());
  return state::whole;
}

chunked_body::state chunked_body::read_size(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  if (std::min(end, bytes.size()) >= longest_line) return state::broken;
  if (end == std::string_view::npos) return state::more;
  if (end == 0 || bytes[end - 1] != '\r') return state::broken;
  const auto line = bytes.substr(0, end - 1);
  const auto [digits_end, error] =
      std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  const auto digits = static_cast<std::size_t>(digits_end - line.data());
  // No client fills up a size with zeros, and readers cut long ones off differently.
  if (error != std::errc{} || digits > 8) return state::broken;
  const auto rest = line.substr(digits);
  if (!(rest.empty() || rest.front() == ';') || !std::ranges::all_of(rest, is_harmless))
    return state::broken;
  if (left_ > most_ - text_.size()) return state::too_large;
  bytes.remove_prefix(end + 1);
  stage_ = left_ == 0 ? stage::end : stage::content;
  return state::whole;
}

chunked_body::state chunked_body::read(std::string_view& bytes) {
  for (;;) {
    auto step = state::whole;
    switch (stage_) {
      case stage::size:
        step = read_size(bytes);
        break;
      case stage::content: {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        text_ += bytes.substr(0, n);
        bytes.remove_prefix(n);
        left_ -= n;
        if (left_ > 0) return state::more;
        stage_ = stage::end_of_content;
        break;
      }
      case stage::end_of_content:
        step = expect_line_end(bytes);
        if (step == state::whole) stage_ = stage::size;
        break;
      case stage::end:
        return expect_line_end(bytes);
    }
    if (step != state::whole) return step;
  }
}

}  // namespace sluice::web
