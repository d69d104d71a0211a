#include "tests/support/token_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::test {
namespace {

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 2 >= text.size()) {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    int byte = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

http_reply refused(const char* error) {
  return {.status = 400, .body = fmt::format(R"({{"error": "{}"}})", error)};
}

}  // namespace

std::map<std::string, std::string> form_fields(const std::string& body) {
  std::map<std::string, std::string> out;
  for (std::size_t begin = 0; begin < body.size();) {
    const auto end = std::min(body.find('&', begin), body.size());
    const auto field = body.substr(begin, end - begin);
    const auto equals = std::min(field.find('='), field.size());
    out[decoded(field.substr(0, equals))] =
        decoded(field.substr(std::min(equals + 1, field.size())));
    begin = end + 1;
  }
  return out;
}

token_server::token_server() {
  server.handle([this](const http_request& request) { return answer(request); });
}

token_server::token_server(const http_tls& tls) : server(tls) {
  server.handle([this](const http_request& request) { return answer(request); });
}

http_reply token_server::answer(const http_request& request) {
  const std::lock_guard lock(mutex_);
  const auto fields = form_fields(request.body);
  const auto field = [&](const char* name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  const bool by_code = field("grant_type") == "authorization_code";
  if (by_code && (field("code") != "good-code" || field("code_verifier").size() < 43))
    return refused("invalid_grant");
  if (field("grant_type") == "refresh_token" && refresh_) {
    if (field("refresh_token") != *refresh_) revoked_ = true;
    if (revoked_) return refused("invalid_grant");
  }
  ++given_;
  const auto access = fmt::format("access-{}", given_);
  good_.insert(access);
  auto body = fmt::format(R"({{"token_type": "Bearer", "access_token": "{}")", access);
  if (life_) body += fmt::format(R"(, "expires_in": {})", life_->count());
  if (by_code) revoked_ = false;
  if (refresh_) {
    refresh_ = fmt::format("refresh-{}", given_);
    body += fmt::format(R"(, "refresh_token": "{}")", *refresh_);
  }
  for (const auto& [key, value] : more_) body += fmt::format(R"(, "{}": "{}")", key, value);
  return {.body = body + "}"};
}

void token_server::rotate(const std::string& first) {
  const std::lock_guard lock(mutex_);
  refresh_ = first;
}

void token_server::set_life(std::optional<std::chrono::seconds> life) {
  const std::lock_guard lock(mutex_);
  life_ = life;
}

void token_server::add(const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  more_[key] = value;
}

void token_server::end_tokens() {
  const std::lock_guard lock(mutex_);
  good_.clear();
}

bool token_server::is_good(const http_request& request) const {
  const std::lock_guard lock(mutex_);
  const auto shown = request.headers.value("Authorization");
  return shown.starts_with("Bearer ") && good_.contains(shown.substr(7));
}

http_reply token_server::refusal() {
  return {.status = 401, .body = R"({"message": "the session has ended"})"};
}

std::size_t token_server::given() const {
  const std::lock_guard lock(mutex_);
  return given_;
}

std::string token_server::present_refresh_token() const {
  const std::lock_guard lock(mutex_);
  return refresh_.value_or("");
}

bool token_server::is_revoked() const {
  const std::lock_guard lock(mutex_);
  return revoked_;
}

}  // namespace sluice::test
