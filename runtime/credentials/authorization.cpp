#include "runtime/credentials/authorization.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "messages/base64.hpp"
#include "messages/error.hpp"
#include "runtime/credentials/pkce.hpp"
#include "runtime/credentials/token_request.hpp"
#include "runtime/crypto/crypto.hpp"
#include "runtime/http/answer_text.hpp"
#include "runtime/http/percent_encoding.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::credentials {
namespace {

/// The settings of an address. A form has + for a blank.
std::map<std::string, std::string> settings_in(std::string_view address) {
  std::map<std::string, std::string> out;
  const auto query = address.find('?');
  if (query == std::string_view::npos) return out;
  auto rest = address.substr(query + 1);
  rest = rest.substr(0, rest.find('#'));
  for (std::size_t begin = 0; begin < rest.size();) {
    const auto end = std::min(rest.find('&', begin), rest.size());
    std::string setting(rest.substr(begin, end - begin));
    begin = end + 1;
    std::ranges::replace(setting, '+', ' ');
    const auto equals = std::min(setting.find('='), setting.size());
    out.emplace(http::percent_decoded(setting.substr(0, equals)),
                http::percent_decoded(setting.substr(std::min(equals + 1, setting.size()))));
  }
  return out;
}

[[noreturn]] void refuse(std::string cause, std::string hint) {
  throw failure(errc::destination_failed, "authorise", {}, std::move(cause), std::move(hint));
}

}  // namespace

authorization begin_authorization(const config::oauth2_credential& of,
                                  const std::string& redirect) {
  if (of.authorize_url.empty())
    throw failure(errc::invalid_config, "authorise", of.client_id,
                  "the credential has no \"authorize_url\"",
                  "say where the browser is sent to, for example "
                  "\"https://login.example.com/oauth2/authorize\"");
  constexpr std::size_t entropy = 16;  // bytes
  authorization out{{}, base64url(crypto::random_bytes(entropy)), new_code_verifier(), redirect};
  std::vector<std::pair<std::string, std::string>> fields{
      {"response_type", "code"},
      {"client_id", of.client_id},
      {"redirect_uri", redirect},
      {"state", out.state},
      {"code_challenge", code_challenge(out.verifier)},
      {"code_challenge_method", "S256"}};
  if (!of.scope.empty()) fields.emplace_back("scope", of.scope);
  if (!of.audience.empty()) fields.emplace_back("audience", of.audience);
  fields.insert(fields.end(), of.parameters.begin(), of.parameters.end());
  out.url = of.authorize_url;
  out.url += out.url.find('?') == std::string::npos ? '?' : '&';
  out.url += form_text(fields);
  return out;
}

std::string code_in(std::string_view came_back, const authorization& begun) {
  const auto settings = settings_in(came_back);
  const auto text = [&](const char* name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second;
  };
  log::secrets().add(text("code"));
  if (text("state") != begun.state)
    refuse("the address does not belong to this authorisation",
           "begin again, and use the address that the browser shows at the end");
  if (const auto error = text("error"); !error.empty()) {
    const auto more = text("error_description");
    refuse(http::shown_text(error + (more.empty() ? "" : ": " + more)),
           "it is what the authorisation server says");
  }
  auto code = text("code");
  if (code.empty()) refuse("the address has no code", "begin again");
  return code;
}

}  // namespace sluice::credentials
