#include "runtime/api/same_origin.hpp"

#include <string_view>

#include "messages/ascii.hpp"

namespace sluice::api {
namespace {

/// `Origin` has a scheme in front of what `Host` has. The scheme is not compared: a proxy may have
/// ended TLS.
bool names_this_host(std::string_view origin, std::string_view host) {
  const auto slashes = origin.find("://");
  return slashes != std::string_view::npos && same_word(origin.substr(slashes + 3), host);
}

bool is_from_here(const web::request& r) {
  const auto site = r.header("Sec-Fetch-Site");
  if (!site.empty()) return site == "same-origin";
  return names_this_host(r.header("Origin"), r.header("Host"));
}

bool has_json(const web::request& r) {
  const auto type = r.header("Content-Type");
  return same_word(trimmed(type.substr(0, type.find(';'))), "application/json");
}

std::optional<refusal> refuse_form(const web::request& r) {
  if (r.method != "POST" || has_json(r)) return std::nullopt;
  return refusal{415, "unsupported_media_type", "the body is not said to be JSON",
                 "send the header Content-Type: application/json"};
}

refusal another_page() {
  return {403, "forbidden", "another page sent this request, or the browser does not say which",
          "use the console, or a token instead of a cookie"};
}

}  // namespace

bool is_safe(const web::request& r) { return r.method == "GET" || r.method == "HEAD"; }

std::optional<refusal> refuse_other_origin(const web::request& r) {
  if (is_safe(r)) return std::nullopt;
  if (!is_from_here(r)) return another_page();
  return refuse_form(r);
}

std::optional<refusal> refuse_other_origin_if_told(const web::request& r) {
  const bool told = !r.header("Sec-Fetch-Site").empty() || !r.header("Origin").empty();
  if (told && !is_from_here(r)) return another_page();
  return refuse_form(r);
}

}  // namespace sluice::api
