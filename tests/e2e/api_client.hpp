// A client of a node's API that sends exactly the bytes that a test wants.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/http_visitor.hpp"

namespace sluice::test {

/// An answer as it came.
struct api_answer {
  int status = 0;                              ///< 0: the node hung up without one
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  /// Fails the test if it is no JSON.
  [[nodiscard]] nlohmann::json json() const;
  [[nodiscard]] std::string header(const std::string& name) const;
};

/// One connection, kept as long as both ends want; see http_visitor.
class api_connection {
 public:
  explicit api_connection(std::uint16_t port) : visitor_(port) {}

  /// A node that has hung up hears nothing: the test sees what the node said before.
  void send(std::string_view bytes) { visitor_.say(bytes); }
  /// The next answer; of a stream its head.
  api_answer receive();
  /// What comes up to and including `text`; less if the node hangs up or says nothing.
  std::string receive_until(std::string_view text) { return visitor_.read_until(text); }
  /// Whether the node hangs up, instead of saying anything.
  [[nodiscard]] bool is_hung_up_on() { return visitor_.is_hung_up_on(); }

 private:
  http_visitor visitor_;
};

/// What most tests ask with.
class api_client {
 public:
  api_client(std::uint16_t port, std::string token) : port_(port), token_(std::move(token)) {}

  /// One request on a connection of its own. `headers`: each with its line end.
  api_answer ask(const std::string& method, const std::string& target, const std::string& body = {},
                 const std::string& headers = {}) const;
  api_answer get(const std::string& target, const std::string& headers = {}) const {
    return ask("GET", target, {}, headers);
  }
  api_answer post(const std::string& target, const std::string& body = {}) const {
    return ask("POST", target, body);
  }
  /// Asks until `done(answer)`; fails the test after ten seconds.
  nlohmann::json poll(const std::string& target,
                      const std::function<bool(const nlohmann::json& answer)>& done) const;

 private:
  std::uint16_t port_;
  std::string token_;
};

}  // namespace sluice::test
