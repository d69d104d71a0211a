#include "tests/runtime/api/api_fixture.hpp"

#include <doctest/doctest.h>

#include "messages/ascii.hpp"

namespace sluice::test {
namespace {

constexpr timestamp begin{std::chrono::milliseconds{1'769'850'000'000}};  // 2026-01-31T09:00:00Z

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

run_record example_run(run_state state) {
  run_record run;
  run.run = run_id(example_run_id);
  run.connection = "orders";
  run.type = run_type::incremental;
  run.state = state;
  run.started_at = begin;
  if (has_ended(state)) run.finished_at = begin + std::chrono::milliseconds{6'120};
  run.counters = {.read = 100,
                  .unchanged = 80,
                  .invalid = 1,
                  .inserts = 9,
                  .updates = 10,
                  .deletes = 2,
                  .delivered = 15,
                  .rejected = 4,
                  .undelivered = 2};
  return run;
}

web::request request(const std::string& method, const std::string& target, header_list headers,
                     const std::string& body) {
  web::request r;
  r.method = method;
  r.target = target;
  const auto mark = target.find('?');
  r.path = decoded(target.substr(0, mark));
  std::string_view rest =
      mark == std::string::npos ? std::string_view{} : std::string_view(target).substr(mark + 1);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    r.query.emplace(decoded(pair.substr(0, equals)),
                    decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
  bool has_host = false;
  for (const auto& [name, value] : headers) {
    has_host = has_host || same_word(name, "host");
    r.headers.emplace(name, value);
  }
  if (!has_host) r.headers.emplace("Host", "127.0.0.1:9470");
  r.body = body;
  return r;
}

web::request request_of(const char* token, const std::string& method, const std::string& target,
                        const std::string& body) {
  return request(method, target, {{"Authorization", std::string("Bearer ") + token}}, body);
}

std::string header_of(const web::response& r, std::string_view name) {
  for (const auto& [field, value] : r.headers)
    if (same_word(field, name)) return value;
  return "";
}

api_fixture::api_fixture(const std::function<void(config::api_config&)>& change) {
  config::api_config api;
  api.listen = {"127.0.0.1", 9470};
  api.tokens = {{"airflow", true, true, operator_token},
                {"wall", false, true, observer_token},
                {"blind", true, false, blind_token}};
  if (change) change(api);
  desk_.emplace(
      api, "alpha", [this] { return now(); },
      [](const web::request&, std::string_view path) -> std::optional<web::response> {
        if (path != "" && path != "app.js") return std::nullopt;
        return web::response{200, {}, "the page"};
      },
      [this] { return "secret" + std::to_string(++secrets_); });
}

api::moment api_fixture::now() const {
  return {std::chrono::steady_clock::time_point{} + now_, begin + now_};
}

web::response api_fixture::answer(const web::request& r) {
  auto understood = understand(r);
  REQUIRE(std::holds_alternative<web::response>(understood.asks_for));
  return std::get<web::response>(std::move(understood.asks_for));
}

web::response api_fixture::answer(const std::string& method, const std::string& target,
                                  const std::string& body) {
  return answer(request_of(operator_token, method, target, body));
}

api::question api_fixture::question(const web::request& r) {
  auto understood = understand(r);
  if (const auto* const at_once = std::get_if<web::response>(&understood.asks_for))
    FAIL("answered at once: ", at_once->status, " ", at_once->body);
  REQUIRE(std::holds_alternative<api::question>(understood.asks_for));
  return std::get<api::question>(std::move(understood.asks_for));
}

api::question api_fixture::question(const std::string& method, const std::string& target,
                                    const std::string& body) {
  return question(request_of(operator_token, method, target, body));
}

std::string api_fixture::sign_in(bool operates) {
  const auto code = desk_->issue_code({.name = "ada", .operates = operates});
  const auto r = answer(request("POST", "/api/v1/session", {{"Content-Type", "application/json"}},
                                nlohmann::json{{"code", code}}.dump()));
  REQUIRE(r.status == 200);
  const auto cookie = header_of(r, "Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

}  // namespace sluice::test
