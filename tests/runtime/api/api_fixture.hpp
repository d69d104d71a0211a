// A desk with three tokens and a clock that a test turns, and requests to it.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "messages/run.hpp"
#include "runtime/api/desk.hpp"

namespace sluice::test {

/// Tokens of that fixture.
inline constexpr auto operator_token = "operator-token-0123456789";
inline constexpr auto observer_token = "observer-token-0123456789";
inline constexpr auto blind_token = "blind-token-0123456789";  ///< an operator's, without rows

/// A run that has ended well.
run_record example_run(run_state state = run_state::succeeded);
inline constexpr auto example_run_id = "01JABCDEFGHJKMNPQRSTVWXYZ0";
/// Where a connection is.
inline const std::string example_connection = "/api/v1/connections/orders";

using header_list = std::initializer_list<std::pair<const char*, std::string>>;

/// A request to `127.0.0.1:9470` as it arrives: `target` is taken apart.
web::request request(const std::string& method, const std::string& target, header_list headers = {},
                     const std::string& body = "");
/// The same by the bearer of a token.
web::request request_of(const char* token, const std::string& method, const std::string& target,
                        const std::string& body = "");

/// The first field of that name; empty if there is none.
std::string header_of(const web::response& r, std::string_view name);

class api_fixture {
 public:
  explicit api_fixture(const std::function<void(config::api_config&)>& change = {});

  api::understood understand(const web::request& r) { return desk_->understand(r); }
  /// What is answered at once; fails the test if there is something to ask first.
  web::response answer(const web::request& r);
  /// The same as an operator.
  web::response answer(const std::string& method, const std::string& target,
                       const std::string& body = "");
  /// What is to be asked first, as an operator; fails the test if it is answered at once.
  api::question question(const std::string& method, const std::string& target,
                         const std::string& body = "");
  api::question question(const web::request& r);

  api::desk& desk() { return *desk_; }
  void pass(std::chrono::milliseconds time) { now_ += time; }
  [[nodiscard]] api::moment now() const;

  /// Signs in with a code; returns the cookie's `NAME=VALUE`.
  std::string sign_in(bool operates = true);

 private:
  std::chrono::milliseconds now_{0};
  int secrets_ = 0;
  std::optional<api::desk> desk_;
};

/// The answer to what was asked, as the front gives it.
template <class Answer>
web::response rendered(const api::question& q, Answer answer) {
  return q.render(command::any_answer{std::move(answer)});
}

/// The members of a command in a question.
template <class Command>
const Command& asks(const api::question& q) {
  return std::get<Command>(q.ask);
}

/// How the run is started that a question asks for.
inline const start_options& start_of(const api::question& q) { return asks<command::start>(q).how; }

inline nlohmann::json json_of(const web::response& r) { return nlohmann::json::parse(r.body); }

}  // namespace sluice::test
