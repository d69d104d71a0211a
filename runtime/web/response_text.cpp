#include "runtime/web/response_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "messages/error.hpp"

namespace sluice::web {
namespace {

struct reason_phrase {
  int status;
  std::string_view text;
};

/// By status; those that this program has a use for.
constexpr std::array<reason_phrase, 31> phrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

/// Empty for others: clients go by the number.
std::string_view phrase_of(int status) {
  const auto found = std::ranges::lower_bound(phrases, status, {}, &reason_phrase::status);
  return found != phrases.end() && found->status == status ? found->text : std::string_view{};
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
std::string http_date(std::time_t when) {
  std::tm parts{};
  ::gmtime_r(&when, &parts);
  std::array<char, 40> text{};
  const auto n = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), n};
}

void add(std::string& to, std::string_view name, std::string_view value) {
  if (name.find_first_of("\r\n: ") != std::string_view::npos ||
      value.find_first_of("\r\n") != std::string_view::npos)
    throw failure(errc::internal, "answer over HTTP", std::string(name),
                  "the header field has several lines", {});
  ((to += name) += ": ") += value;
  to += "\r\n";
}

}  // namespace

bool may_have_body(int status) { return status != 204 && status != 304; }

std::string head_of(const response& r, const response_form& form) {
  auto out = "HTTP/1.1 " + std::to_string(r.status) + " ";
  out += phrase_of(r.status);
  out += "\r\n";
  add(out, "Date", http_date(form.now));
  for (const auto& [name, value] : r.headers) add(out, name, value);
  using enum response_form::body_end;
  if (form.end == chunks) add(out, "Transfer-Encoding", "chunked");
  if (form.end == length && may_have_body(r.status))
    add(out, "Content-Length", std::to_string(r.body.size()));
  if (form.closes) add(out, "Connection", "close");
  return out += "\r\n";
}

std::string chunk_of(std::string_view bytes) {
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  std::string out(size.data(), end);
  out.reserve(out.size() + bytes.size() + 4);
  ((out += "\r\n") += bytes) += "\r\n";
  return out;
}

response plain_refusal(int status, const std::string& text, std::string_view /*target*/) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, text + "\n"};
}

}  // namespace sluice::web
