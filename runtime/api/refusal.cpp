#include "runtime/api/refusal.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/api/response.hpp"

namespace sluice::api {
namespace {

using nlohmann::ordered_json;

/// When to ask again a node that ends, or one that cannot reach another one, in seconds.
constexpr auto retry_after = "5";

int status_of(errc code) {
  switch (code) {
    case errc::usage:
      return 400;
    case errc::forbidden:
      return 403;
    case errc::unknown_connection:
      return 404;
    case errc::already_running:
    case errc::draining:
    case errc::not_running:
    case errc::disabled:
    case errc::guarded:
    case errc::cancelled:
    case errc::hanging:
      return 409;
    case errc::invalid_config:
    case errc::key_reused:
      return 422;
    case errc::exhausted:
      return 429;
    case errc::source_failed:
    case errc::destination_failed:
      return 502;
    case errc::unreachable:
    case errc::shutting_down:
      return 503;
    case errc::timed_out:
      return 504;
    case errc::none:
    case errc::ledger_corrupt:
    case errc::ledger_failed:
    case errc::catalog_failed:
    case errc::state_locked:
    case errc::internal:
      break;
  }
  return 500;
}

/// Hints are for people at a shell; these say the same to whoever writes a request.
std::string hint_of(const error& why) {
  switch (why.code) {
    case errc::draining:
      return "ask with \"wait\" to start when it is done, or stop the run again with \"abandon\"";
    case errc::already_running:
      return "stop it first, or wait until it has ended";
    case errc::disabled:
      return "enable the connection first";
    case errc::unknown_connection:
      return "GET /api/v1/connections lists them";
    default:
      return why.hint;
  }
}

std::string compatible_body(const refusal& why) {
  ordered_json body{{"error", why.detail}, {"message", why.detail}, {"code", why.code}};
  if (!why.hint.empty()) body["hint"] = why.hint;
  if (!why.complaints.empty()) {
    auto& details = body["details"] = ordered_json::object();
    for (const auto& [pointer, detail] : why.complaints)
      details[pointer.empty() ? "body" : pointer.substr(1)] = detail;
  }
  return to_text(body);
}

std::string problem_body(const refusal& why, const std::string& path) {
  auto title = why.code;
  std::ranges::replace(title, '_', ' ');
  ordered_json body{{"type", "/api/v1/problems/" + why.code},
                    {"title", title},
                    {"status", why.status},
                    {"detail", why.detail},
                    {"instance", path},
                    {"code", why.code}};
  if (!why.hint.empty()) body["hint"] = why.hint;
  if (!why.complaints.empty()) {
    auto& errors = body["errors"] = ordered_json::array();
    for (const auto& [pointer, detail] : why.complaints)
      errors.push_back({{"pointer", pointer}, {"detail", detail}});
  }
  return to_text(body);
}

}  // namespace

bool is_compatible(std::string_view path) { return path == "/v2" || path.starts_with("/v2/"); }

refusal refusal_of(const error& why) {
  refusal out{status_of(why.code), std::string(to_string(why.code)), why.message(), hint_of(why)};
  if (out.status == 503 || out.status == 429) out.headers.emplace_back("Retry-After", retry_after);
  return out;
}

web::response to_response(const refusal& why, const std::string& path) {
  auto out = is_compatible(path)
                 ? response_of(why.status, json_type, compatible_body(why))
                 : response_of(why.status, "application/problem+json", problem_body(why, path));
  if (why.status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  out.headers.insert(out.headers.end(), why.headers.begin(), why.headers.end());
  return out;
}

web::response to_response(const error& why, const std::string& path) {
  return to_response(refusal_of(why), path);
}

}  // namespace sluice::api
