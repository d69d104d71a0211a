#include "runtime/api/page.hpp"

#include <nlohmann/json.hpp>

#include "messages/ascii.hpp"
#include "messages/hex.hpp"
#include "runtime/api/response.hpp"

namespace sluice::api {
namespace {

std::string next_target(const web::request& r, const std::string& cursor) {
  auto out = r.path + "?";
  for (const auto& [name, value] : r.query)
    if (name != "cursor") out += percent_encoded(name) + "=" + percent_encoded(value) + "&";
  return out + "cursor=" + percent_encoded(cursor);
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool letter = (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c);
    if (letter || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += to_hex({&c, 1});
    }
  }
  return out;
}

web::response page_response(const web::request& r, const std::string& items,
                            const std::string& next_cursor) {
  const nlohmann::ordered_json cursor =
      next_cursor.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(next_cursor);
  auto out = response_of(200, json_type,
                         "{\"items\":" + items + ",\"next_cursor\":" + to_text(cursor) + "}");
  if (!next_cursor.empty())
    out.headers.emplace_back("Link", "<" + next_target(r, next_cursor) + ">; rel=\"next\"");
  return out;
}

}  // namespace sluice::api
