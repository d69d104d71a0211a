// Answers of the API, none of which anybody may keep.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/web/exchange.hpp"

namespace sluice::api {

inline constexpr std::string_view json_type = "application/json";

/// As text, whatever bytes its strings have: messages of databases are not always UTF-8.
std::string to_text(const nlohmann::ordered_json& json);

web::response response_of(int status, std::string_view type, std::string body);
web::response json_response(const nlohmann::ordered_json& body, int status = 200);
/// 204.
web::response nothing();

}  // namespace sluice::api
