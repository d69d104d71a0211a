#include "tests/support/http_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/gzip.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";

std::string chunk(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

/// The answer's body as it goes over the wire, as far as it is made in advance.
std::string wire_body(const http_reply& reply) {
  auto body = reply.gzip ? gzip(reply.body) : reply.body;
  if (!reply.chunked) return body;
  return (body.empty() ? "" : chunk(body)) + std::string{last_chunk};
}

bool without_body(const http_request& request, const http_reply& reply) {
  return request.method == "HEAD" || reply.status == 204 || reply.status == 304;
}

/// Status line and headers; `body_size` if there is a body of a size that is known.
std::string head(const http_request& request, const http_reply& reply,
                 std::optional<std::size_t> body_size) {
  auto text = fmt::format("HTTP/1.1 {} \r\n", reply.status);
  const auto line = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{}: {}\r\n", name, value);
  };
  const auto unless_given = [&](std::string_view name, std::string_view value) {
    if (!reply.headers.contains(name)) line(name, value);
  };
  for (const auto& [name, value] : reply.headers) line(name, value);
  if (!without_body(request, reply)) {
    unless_given("Content-Type", "application/json");
    if (reply.gzip) unless_given("Content-Encoding", "gzip");
    if (body_size)
      unless_given("Content-Length", std::to_string(*body_size));
    else
      unless_given("Transfer-Encoding", "chunked");
  }
  if (reply.afterwards == http_afterwards::close || request.headers.has_word("Connection", "close"))
    unless_given("Connection", "close");
  return text + "\r\n";
}

bool send_huge(http_stream& to, std::size_t size) {
  constexpr std::size_t piece = 65536;
  const std::string bytes(std::min(piece, size), 'x');
  while (size > 0) {
    const auto n = std::min(piece, size);
    if (!to.write(chunk(std::string_view{bytes}.substr(0, n)))) return false;
    size -= n;
  }
  return to.write(last_chunk);
}

}  // namespace

bool send_answer(http_stream& to, const http_request& request, const http_reply& reply,
                 const std::function<bool(std::chrono::milliseconds)>& pause) {
  const auto body = wire_body(reply);
  const auto write_head = [&] {
    return to.write(
        head(request, reply, reply.chunked ? std::nullopt : std::optional{body.size()}));
  };
  const bool bodiless = without_body(request, reply);
  bool whole = false;
  switch (reply.behaviour) {
    case http_behaviour::normal:
      whole = write_head() && (bodiless || to.write(body));
      break;
    case http_behaviour::reset_before_applying:
    case http_behaviour::reset_after_applying:
      to.reset();
      break;
    case http_behaviour::headers_only:
      write_head();
      break;
    case http_behaviour::half_body:
      if (write_head()) to.write(std::string_view{body}.substr(0, body.size() / 2));
      break;
    case http_behaviour::trickle:
      whole = write_head();
      for (std::size_t i = 0; whole && !bodiless && i < body.size(); ++i)
        whole = pause(reply.interval) && to.write(std::string_view{body}.substr(i, 1));
      break;
    case http_behaviour::huge_body:
      whole = to.write(head(request, reply, std::nullopt)) &&
              (bodiless || send_huge(to, reply.huge_size));
      break;
    case http_behaviour::raw:
      to.write(reply.body);
      break;
  }
  if (!whole) to.cut();
  return whole;
}

}  // namespace sluice::test
