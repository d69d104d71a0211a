#include "runtime/api/page.hpp"

#include <nlohmann/json.hpp>

#include "runtime/api/response.hpp"
#include "runtime/http/percent_encoding.hpp"

namespace sluice::api {
namespace {

std::string next_target(const web::request& r, const std::string& cursor) {
  auto out = r.path + "?";
  for (const auto& [name, value] : r.query)
    if (name != "cursor")
      out += http::percent_encoded(name) + "=" + http::percent_encoded(value) + "&";
  return out + "cursor=" + http::percent_encoded(cursor);
}

}  // namespace

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
