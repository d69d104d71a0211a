#include "tests/e2e/api_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "messages/ascii.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), sluice::lower);
  return text;
}

/// The fields of a head, whose first line is that of the status.
std::map<std::string, std::string> fields_of(std::string_view head) {
  std::map<std::string, std::string> out;
  auto end = head.find("\r\n");
  while (end + 2 < head.size()) {
    const auto begin = end + 2;
    end = head.find("\r\n", begin);
    const auto line = head.substr(begin, end - begin);
    if (const auto colon = line.find(": "); colon != std::string_view::npos)
      out.emplace(lower(std::string(line.substr(0, colon))), line.substr(colon + 2));
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

api_answer api_connection::receive() {
  auto page = visitor_.read_response();
  if (page.status == 0) return {};
  return {page.status, fields_of(page.headers), std::move(page.body)};
}

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
