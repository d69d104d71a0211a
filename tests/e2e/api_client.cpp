#include "tests/e2e/api_client.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "messages/ascii.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

api_answer read_head(std::string_view head) {
  api_answer out;
  auto end = head.find("\r\n");
  if (!head.starts_with("HTTP/1.1 ")) return out;
  out.status = std::stoi(std::string(head.substr(9, 3)));
  while (end + 2 < head.size()) {
    const auto begin = end + 2;
    end = head.find("\r\n", begin);
    const auto line = head.substr(begin, end - begin);
    if (const auto colon = line.find(": "); colon != std::string_view::npos)
      out.headers.emplace(lower(std::string(line.substr(0, colon))), line.substr(colon + 2));
  }
  return out;
}

}  // namespace

nlohmann::json api_answer::json() const {
  INFO("status: ", status);
  INFO("body: ", body);
  auto out = nlohmann::json::parse(body, nullptr, false);
  REQUIRE_FALSE(out.is_discarded());
  return out;
}

std::string api_answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

api_connection::api_connection(std::uint16_t port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("the API does not listen");
}

void api_connection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return;  // the node has hung up: the test sees what it said before
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool api_connection::fill() {
  std::array<char, 4096> some{};
  const auto n = ::recv(fd_.get(), some.data(), some.size(), 0);
  if (n <= 0) return false;
  buffer_.append(some.data(), static_cast<std::size_t>(n));
  return true;
}

std::string api_connection::receive_until(std::string_view text) {
  auto end = buffer_.find(text);
  while (end == std::string::npos && fill()) end = buffer_.find(text);
  const auto size = end == std::string::npos ? buffer_.size() : end + text.size();
  auto out = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

api_answer api_connection::receive() {
  auto out = read_head(receive_until("\r\n\r\n"));
  const auto length = out.header("content-length");
  if (length.empty()) return out;
  const auto size = std::stoull(length);
  while (buffer_.size() < size && fill()) continue;
  out.body = buffer_.substr(0, size);
  buffer_.erase(0, out.body.size());
  return out;
}

bool api_connection::is_hung_up_on() { return receive_until("\n").empty(); }

api_answer api_client::ask(const std::string& method, const std::string& target,
                           const std::string& body, const std::string& headers) const {
  api_connection connection(port_);
  auto head = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) +
              "\r\nConnection: close\r\n" + headers;
  if (!token_.empty()) head += "Authorization: Bearer " + token_ + "\r\n";
  if (!body.empty())
    head +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  connection.send(head + "\r\n" + body);
  return connection.receive();
}

nlohmann::json api_client::poll(
    const std::string& target,
    const std::function<bool(const nlohmann::json& answer)>& done) const {
  const auto end = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    auto answer = get(target).json();
    if (done(answer)) return answer;
    INFO("seen last: ", answer.dump());
    REQUIRE(std::chrono::steady_clock::now() < end);
  }
}

}  // namespace sluice::test
