#include "runtime/api/response.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace sluice::api {

std::string to_text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

web::response response_of(int status, std::string_view type, std::string body) {
  return {status,
          {{"Content-Type", std::string(type)},
           {"Cache-Control", "no-store"},
           {"X-Content-Type-Options", "nosniff"}},
          std::move(body)};
}

web::response json_response(const nlohmann::ordered_json& body, int status) {
  return response_of(status, json_type, to_text(body));
}

web::response nothing() { return {204, {{"Cache-Control", "no-store"}}, {}}; }

}  // namespace sluice::api
