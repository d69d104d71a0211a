#include "runtime/credentials/token_answer.hpp"

#include <charconv>
#include <string_view>

#include "runtime/http/answer_text.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::credentials {
namespace {

using kind = token_refusal::kind;
using nlohmann::json;

std::string text_at(const json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Seconds as a number, or as a text: not all servers read their RFC.
std::optional<std::chrono::seconds> seconds_at(const json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end()) return std::nullopt;
  double value = 0;
  if (found->is_number()) {
    value = found->get<double>();
  } else if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    const auto* const end = text.data() + text.size();
    if (const auto [stopped, failed] = std::from_chars(text.data(), end, value);
        failed != std::errc{} || stopped != end)
      return std::nullopt;
  } else {
    return std::nullopt;
  }
  constexpr double most = 10.0 * 365 * 24 * 3600;
  if (!(value > 0)) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(value, most)));
}

/// `invalid_grant: token is expired`
std::string words_of(const http::http_answer& answer, const std::string& error,
                     const json& document) {
  if (error.empty()) return http::in_words(answer);
  const auto more = text_at(document, "error_description");
  return http::shown_text(error + (more.empty() ? "" : ": " + more)) + " (" +
         http::status_text(answer.status) + ")";
}

kind kind_of(int status, const std::string& error) {
  if (status == 408 || status == 425 || status == 429 || status >= 500) return kind::later;
  if (error == "temporarily_unavailable" || error == "slow_down" || error == "server_error")
    return kind::later;
  if (error == "invalid_grant") return kind::grant;
  if (error == "invalid_client" || error == "unauthorized_client") return kind::client;
  return kind::for_good;
}

}  // namespace

token_answer read_token_answer(const http::http_answer& answer) {
  if (answer.status == 0) {
    const bool futile = answer.failed == http::http_answer::failure::futile;
    return token_refusal{futile ? kind::for_good : kind::later, http::in_words(answer)};
  }
  static const json none = json::object();
  const auto* const read = answer.body.document();
  const auto& document = read != nullptr && read->is_object() ? *read : none;
  token_grant out;
  out.access_token = text_at(document, "access_token");
  out.refresh_token = text_at(document, "refresh_token");
  for (const auto& secret : {out.access_token, out.refresh_token, text_at(document, "id_token")})
    log::secrets().add(secret);
  const bool success = answer.status >= 200 && answer.status < 300;
  const auto error = text_at(document, "error");
  if (success && error.empty() && !out.access_token.empty()) {
    // It would end the header that it goes into.
    if (out.access_token.find_first_of("\r\n") != std::string::npos)
      return token_refusal{kind::for_good, "its token has a line break"};
    out.lives = seconds_at(document, "expires_in");
    out.others = document;
    for (const auto* key : {"access_token", "refresh_token", "id_token"}) out.others.erase(key);
    return out;
  }
  token_refusal refused{kind_of(answer.status, error), words_of(answer, error, document),
                        answer.retry_after};
  if (success && error.empty())
    refused.why =
        http::status_text(answer.status) + " without an access_token; is it a token server?";
  return refused;
}

}  // namespace sluice::credentials
