#include "tests/support/http_message.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "tests/support/gzip.hpp"

namespace sluice::test {
namespace {

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

[[noreturn]] void bad(const std::string& why) { throw std::runtime_error("bad request: " + why); }

std::size_t parse_size(std::string_view text, int base) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    bad("'" + std::string{text} + "' is not a size");
  return size;
}

std::string need_line(http_stream& from) {
  auto line = from.read_line();
  if (!line) bad("it ends in its midst");
  return *std::move(line);
}

void need_bytes(http_stream& from, std::size_t count, std::string& to) {
  if (!from.read_exactly(count, to)) bad("it ends in its midst");
}

void read_request_line(std::string_view line, http_request& to) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0)
    bad("the line '" + std::string{line} + "'");
  if (line.substr(last + 1) != "HTTP/1.1") bad("not HTTP/1.1");
  to.method = line.substr(0, first);
  to.target = line.substr(first + 1, last - first - 1);
  if (to.target.empty() || to.target.find(' ') != std::string::npos)
    bad("the target '" + to.target + "'");
}

http_headers read_fields(http_stream& from) {
  http_headers fields;
  for (;;) {
    const auto line = need_line(from);
    if (line.empty()) return fields;
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string::npos) bad("the header '" + line + "'");
    fields.add(line.substr(0, colon),
               std::string{trimmed(std::string_view{line}.substr(colon + 1))});
  }
}

std::string read_chunks(http_stream& from) {
  std::string body;
  for (;;) {
    const auto line = need_line(from);
    const auto size = parse_size(trimmed(std::string_view{line}.substr(0, line.find(';'))), 16);
    if (size == 0) break;
    need_bytes(from, size, body);
    if (!need_line(from).empty()) bad("a chunk is longer than it says");
  }
  read_fields(from);
  return body;
}

void read_body(http_stream& from, http_request& to) {
  const auto& headers = to.headers;
  to.chunked = headers.has_word("Transfer-Encoding", "chunked");
  const bool sized = headers.contains("Content-Length");
  if (to.chunked && sized) bad("both chunks and a length");
  const auto size = sized ? parse_size(headers.value("Content-Length"), 10) : 0;
  if ((to.chunked || size > 0) && headers.has_word("Expect", "100-continue"))
    from.write("HTTP/1.1 100 Continue\r\n\r\n");
  if (to.chunked)
    to.body = read_chunks(from);
  else
    need_bytes(from, size, to.body);
  to.gzip = headers.has_word("Content-Encoding", "gzip");
  if (to.gzip) to.body = gunzip(to.body);
}

}  // namespace

void http_headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

bool http_headers::contains(std::string_view name) const {
  return std::any_of(begin(), end(), [&](const field& f) { return same(f.first, name); });
}

std::string http_headers::value(std::string_view name) const {
  const auto found =
      std::find_if(begin(), end(), [&](const field& f) { return same(f.first, name); });
  return found == end() ? std::string{} : found->second;
}

bool http_headers::has_word(std::string_view name, std::string_view word) const {
  for (const auto& [field_name, field_value] : fields_) {
    if (!same(field_name, name)) continue;
    std::string_view rest = field_value;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (same(trimmed(rest.substr(0, comma)), word)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

bool applies(const http_reply& reply) {
  if (reply.behaviour == http_behaviour::reset_before_applying) return false;
  if (reply.apply == http_application::if_success) return reply.status >= 200 && reply.status < 300;
  return reply.apply == http_application::always;
}

std::optional<http_request> read_request(http_stream& from) {
  const auto line = from.read_line();
  if (!line) return std::nullopt;
  http_request request;
  read_request_line(*line, request);
  request.headers = read_fields(from);
  read_body(from, request);
  return request;
}

}  // namespace sluice::test
