#include "runtime/web/request_head.hpp"

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "messages/ascii.hpp"

namespace sluice::web {
namespace {

/// More fields than any client sends.
constexpr std::size_t most_fields = 100;
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view blanks = " \t";

bool is_token_char(char c) {
  const bool is_alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_alphanumeric ||
         (c != '\0' && std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
}

bool is_printable_ascii(char c) { return c > ' ' && c <= '~'; }

/// Cuts off what is before `end`, and `end` itself.
std::string_view cut(std::string_view& rest, std::string_view end) {
  const auto at = std::min(rest.find(end), rest.size());
  const auto out = rest.substr(0, at);
  rest.remove_prefix(std::min(at + end.size(), rest.size()));
  return out;
}

/// Whether the comma-separated values of all fields of that name include a word.
bool says(const fields& headers, std::string_view name, std::string_view word) {
  const auto [begin, end] = headers.equal_range(name);
  return std::any_of(begin, end, [&](const auto& field) {
    std::string_view rest = field.second;
    while (!rest.empty())
      if (same_word(trimmed(cut(rest, ",")), word)) return true;
    return false;
  });
}

std::multimap<std::string, std::string> parameters_in(std::string_view query) {
  std::multimap<std::string, std::string> out;
  const auto decoded = [](std::string_view text) {
    return httplib::detail::decode_url(std::string(text), true);
  };
  while (!query.empty()) {
    auto value = cut(query, "&");
    const auto name = cut(value, "=");
    if (!name.empty()) out.emplace(decoded(name), decoded(value));
  }
  return out;
}

/// Each of these reads a part of a head; a refusal ends it.
using objection = std::optional<refusal>;

objection broken(std::string text) { return refusal{400, std::move(text)}; }

objection read_line(std::string_view line, request_head& into) {
  auto& asked = into.asked;
  asked.method = cut(line, " ");
  asked.target = cut(line, " ");
  if (!is_token(asked.method) || !line.starts_with("HTTP/"))
    return broken("this is no HTTP request: its first line is broken");
  if (line != "HTTP/1.1" && line != "HTTP/1.0")
    return broken("only HTTP/1.0 and HTTP/1.1 are spoken here");
  into.is_http_1_0 = line == "HTTP/1.0";
  // `#` begins a fragment, which clients keep to themselves.
  if (!asked.target.starts_with('/') || !std::ranges::all_of(asked.target, is_printable_ascii) ||
      asked.target.find('#') != std::string::npos)
    return broken("the target of a request must be a path, with a query if there is one");
  std::string_view query = asked.target;
  asked.path = httplib::detail::decode_url(std::string(cut(query, "?")), false);
  if (std::ranges::any_of(asked.path, is_control))
    return broken("the path contains a control character");
  asked.query = parameters_in(query);
  return {};
}

objection read_field(std::string_view line, fields& into) {
  if (into.size() >= most_fields) return refusal{431, "there are too many header fields"};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return broken("a header field is broken");
  const auto value = trimmed(line.substr(colon + 1));
  if (std::ranges::any_of(value, is_control))
    return broken("a header field contains a control character");
  into.emplace(line.substr(0, colon), value);
  return {};
}

objection read_framing(request_head& into) {
  const auto& headers = into.asked.headers;
  const auto lengths = headers.count("Content-Length");
  const auto codings = headers.count("Transfer-Encoding");
  if (lengths + codings > 1) return broken("the length of the body is given more than once");
  if (codings == 1) {
    if (into.is_http_1_0) return broken("HTTP/1.0 has no Transfer-Encoding");
    into.is_chunked = same_word(into.asked.header("Transfer-Encoding"), "chunked");
    if (!into.is_chunked)
      return refusal{501, "the only Transfer-Encoding understood here is chunked"};
  }
  if (lengths == 1) {
    const auto text = into.asked.header("Content-Length");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into.length);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
      return broken("Content-Length is no number");
  }
  return {};
}

objection read_wishes(request_head& into) {
  const auto& headers = into.asked.headers;
  if (headers.count("Host") > 1) return broken("there is more than one Host");
  into.closes = into.is_http_1_0 || says(headers, "Connection", "close");
  if (const auto expected = into.asked.header("Expect"); !expected.empty() && !into.is_http_1_0) {
    if (!same_word(expected, "100-continue"))
      return refusal{417, "the only expectation understood here is 100-continue"};
    into.awaits_go_ahead = into.is_chunked || into.length > 0;
  }
  return {};
}

}  // namespace

std::variant<request_head, refusal> read_head(std::string_view text) {
  request_head head;
  objection why = read_line(cut(text, line_end), head);
  while (!why && !text.empty() && text != line_end) {
    // A line that begins with a blank goes on with the one before, in the eyes of some.
    why = blanks.find(text.front()) != std::string_view::npos
              ? broken("a header field goes on in a second line")
              : read_field(cut(text, line_end), head.asked.headers);
  }
  if (!why) why = read_framing(head);
  if (!why) why = read_wishes(head);
  if (why) return *std::move(why);
  return head;
}

std::string_view target_in(std::string_view text) {
  auto line = cut(text, line_end);
  cut(line, " ");
  const auto target = cut(line, " ");
  return std::ranges::all_of(target, is_printable_ascii) ? target : std::string_view{};
}

}  // namespace sluice::web
