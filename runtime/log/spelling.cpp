#include "runtime/log/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "messages/base64.hpp"

namespace sluice::log {
namespace {

using escape = spelled_text::escape;

constexpr std::size_t shortest = 4;

/// An escape at the front of a text: its length in bytes, and its meaning.
struct token {
  std::size_t length = 0;
  std::string meaning = {};
};
using found_token = std::optional<token>;

std::optional<std::uint32_t> number(std::string_view digits, std::uint32_t base) {
  std::uint32_t out = 0;
  for (const char c : digits) {
    std::uint32_t digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
    if (digit >= base) return std::nullopt;
    out = out * base + digit;
  }
  return digits.empty() ? std::nullopt : std::optional(out);
}

/// The number of exactly `count` hexadecimal digits at `at`.
std::optional<std::uint32_t> hex_at(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  return number(text.substr(at, count), 16);
}

std::string utf8(std::uint32_t point) {
  const auto part = [&](unsigned shift) {
    return static_cast<char>(0x80 | (point >> shift & 0x3f));
  };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), part(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), part(6), part(0)};
  return {static_cast<char>(0xf0 | point >> 18), part(12), part(6), part(0)};
}

constexpr bool is_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xe000; }

/// \u00e4, or two of them for one character.
found_token utf16(std::string_view text) {
  const auto first = hex_at(text, 2, 4);
  if (!first) return std::nullopt;
  if (!is_surrogate(*first)) return token{6, utf8(*first)};
  const auto second = text.substr(6).starts_with("\\u") ? hex_at(text, 8, 4) : std::nullopt;
  if (!second || *first >= 0xdc00 || *second < 0xdc00 || *second >= 0xe000) return std::nullopt;
  return token{12, utf8(0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00))};
}

found_token backslashed(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  switch (const char c = text[1]) {
    case 'n':
      return token{2, "\n"};
    case 'r':
      return token{2, "\r"};
    case 't':
      return token{2, "\t"};
    case 'b':
      return token{2, "\b"};
    case 'f':
      return token{2, "\f"};
    case 'u':
      return utf16(text);
    case 'x':
      if (const auto byte = hex_at(text, 2, 2)) return token{4, {static_cast<char>(*byte)}};
      return std::nullopt;
    default: {
      const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      return word ? std::nullopt : found_token({2, {c}});
    }
  }
}

found_token percent_encoded(std::string_view text) {
  const auto byte = hex_at(text, 1, 2);
  return byte ? found_token({3, {static_cast<char>(*byte)}}) : std::nullopt;
}

found_token entity(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> named{
      {{"&quot;", '"'}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}}};
  for (const auto& [name, c] : named)
    if (text.starts_with(name)) return token{name.size(), {c}};
  constexpr std::size_t longest = 10;  // &#x10FFFF;
  const auto end = text.substr(0, longest).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(2, end - 2);
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  const auto point = hex ? number(digits.substr(1), 16) : number(digits, 10);
  if (!point || *point > 0x10ffff || is_surrogate(*point)) return std::nullopt;
  return token{end + 1, utf8(*point)};
}

/// A line break with the blanks that the next line begins with.
found_token line_break(std::string_view text) {
  const auto end = std::min(text.find_first_not_of("\r\n"), text.size());
  const auto next = std::min(text.find_first_not_of(" \t", end), text.size());
  return token{next, {}};
}

/// The escape at the front of `text`.
found_token first_token(std::string_view text, escape what) {
  const char c = text.front();
  switch (what) {
    case escape::backslash:
      return c == '\\' ? backslashed(text) : std::nullopt;
    case escape::form:
      if (c == '+') return token{1, " "};
      [[fallthrough]];
    case escape::percent:
      return c == '%' ? percent_encoded(text) : std::nullopt;
    case escape::entity:
      return c == '&' ? entity(text) : std::nullopt;
    case escape::line_break:
      return c == '\r' || c == '\n' ? line_break(text) : std::nullopt;
  }
  return std::nullopt;
}

/// The characters that escapes of this kind begin with.
constexpr std::string_view signs_of(escape what) {
  switch (what) {
    case escape::backslash:
      return "\\";
    case escape::percent:
      return "%";
    case escape::form:
      return "+";  // without one it is as `percent`
    case escape::entity:
      return "&";
    case escape::line_break:
      return "\r\n";
  }
  return {};
}

/// `text` with every `c` written twice.
std::string with_doubled(std::string_view text, char c) {
  std::string out;
  for (const char x : text) out.append(x == c ? 2 : 1, x);
  return out;
}

/// As the members of JSON texts are written by most programs.
std::string in_json(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// The digits of base64 that depend on `bytes` alone, where `before` bytes (up to two) stand in
/// front of them in their group of three.
std::string base64_core(std::string_view bytes, std::size_t before) {
  std::string padded(before, '\0');
  padded += bytes;
  std::string digits;
  append_base64(digits, padded);
  const auto begin = (before * 8 + 5) / 6;
  const auto end = padded.size() * 8 / 6;
  return digits.substr(begin, end - begin);
}

std::string in_hex(std::string_view bytes, fmt::format_string<unsigned> digits) {
  std::string out;
  for (const char c : bytes)
    fmt::format_to(std::back_inserter(out), digits,
                   static_cast<unsigned>(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

spelled_text spelled_text::without(escape what) const {
  const auto bytes = this->bytes();
  spelled_text out(text_);
  out.own_.reserve(bytes.size());
  out.begins_.reserve(bytes.size());
  out.ends_.reserve(bytes.size());
  std::size_t kept = 0;
  const auto keep_until = [&](std::size_t end) {
    out.own_ += bytes.substr(kept, end - kept);
    for (; kept < end; ++kept) {
      out.begins_.push_back(begin_of(kept));
      out.ends_.push_back(end_of(kept));
    }
  };
  bool undone = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto found = first_token(bytes.substr(at), what);
    if (!found) {
      ++at;
      continue;
    }
    undone = true;
    keep_until(at);
    out.own_ += found->meaning;
    out.begins_.resize(out.own_.size(), begin_of(at));
    out.ends_.resize(out.own_.size(), end_of(at + found->length - 1));
    kept = at += found->length;
  }
  if (!undone) return *this;
  keep_until(bytes.size());
  return out;
}

void for_each_spelling(std::string_view text,
                       const std::function<void(const spelled_text&)>& look) {
  constexpr std::size_t most = 20;
  constexpr int layers = 3;
  constexpr std::array kinds{escape::backslash, escape::percent, escape::form, escape::entity,
                             escape::line_break};
  std::vector<spelled_text> layer;
  layer.emplace_back(text);
  look(layer.front());
  if (text.find_first_of("\\%+&\r\n") == std::string_view::npos) return;  // most texts
  std::set<std::string> seen{std::string(text)};
  for (int i = 0; i < layers && !layer.empty(); ++i) {
    std::vector<spelled_text> next;
    for (const auto& known : layer) {
      for (const auto kind : kinds) {
        if (known.bytes().find_first_of(signs_of(kind)) == std::string_view::npos) continue;
        auto undone = known.without(kind);
        if (seen.size() == most || !seen.emplace(undone.bytes()).second) continue;
        look(undone);
        next.push_back(std::move(undone));
      }
    }
    layer = std::move(next);
  }
}

std::string basic_credentials(std::string_view credentials) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto digits = credentials.substr(0, credentials.find_last_not_of('=') + 1);
  if (digits.empty() ||
      digits.size() < credentials.size() - std::min<std::size_t>(credentials.size(), 2))
    return {};
  std::string out;
  std::uint32_t bits = 0;
  unsigned known = 0;
  for (const char c : digits) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if ((known += 6) < 8) continue;
    known -= 8;
    out += static_cast<char>(bits >> known & 0xff);
  }
  const bool text = std::ranges::none_of(out, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return text && out.find(':') != std::string::npos ? out : std::string();
}

std::vector<std::string> spellings_of(std::string_view secret) {
  std::vector<std::string> texts{std::string(secret), with_doubled(secret, '}'),
                                 with_doubled(secret, '\''), with_doubled(secret, '"'),
                                 in_json(secret)};
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  auto out = texts;
  for (const auto& text : texts) {
    for (std::size_t before = 0; before < 3; ++before) {
      out.push_back(base64_core(text, before));
      auto for_addresses = out.back();
      std::ranges::replace(for_addresses, '+', '-');
      std::ranges::replace(for_addresses, '/', '_');
      out.push_back(std::move(for_addresses));
    }
  }
  out.push_back(in_hex(secret, "{:02x}"));
  out.push_back(in_hex(secret, "{:02X}"));
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  std::erase_if(out, [](const std::string& text) { return text.size() < shortest; });
  return out;
}

}  // namespace sluice::log
