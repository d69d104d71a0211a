#include "runtime/http/answer_text.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/utf8.hpp"
#include "runtime/log/printable.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::http {
namespace {

using nlohmann::json;

/// Of the API's own words.
constexpr std::size_t longest_message = 2048;

}  // namespace

std::string shown_text(std::string_view text) {
  // Masked before it is cut: an API that repeats a secret may do so at the end of what is shown.
  const auto printed = log::printable(log::secrets().masked(text, longest_message));
  return std::string(whole_characters(printed, longest_message));
}

std::string failure_text(const answer_body& body) {
  static const std::array places{
      json::json_pointer("/message"), json::json_pointer("/error/message"),
      json::json_pointer("/error"),   json::json_pointer("/detail"),
      json::json_pointer("/title"),   json::json_pointer("/errors/0/message")};
  if (const auto* const document = body.document()) {
    for (const auto& place : places) {
      if (document->contains(place) && (*document)[place].is_string())
        return shown_text((*document)[place].get_ref<const std::string&>());
    }
  }
  return shown_text(body.text());
}

std::string status_text(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 24> names{{
      {301, "Moved Permanently"},
      {302, "Found"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {407, "Proxy Authentication Required"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {422, "Unprocessable Content"},
      {423, "Locked"},
      {425, "Too Early"},
      {429, "Too Many Requests"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  }};
  auto text = "HTTP " + std::to_string(status);
  for (const auto& [code, name] : names) {
    if (code == status) text += " " + std::string(name);
  }
  return text;
}

}  // namespace sluice::http
