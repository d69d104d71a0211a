#include "runtime/credentials/token_request.hpp"

#include <nlohmann/json.hpp>

#include "messages/base64.hpp"
#include "messages/error.hpp"
#include "runtime/config/references.hpp"
#include "runtime/credentials/assertion.hpp"
#include "runtime/http/percent_encoding.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/os/small_file.hpp"

namespace sluice::credentials {
namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

constexpr auto jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::size_t largest_key = 64u << 10;

std::string content_of(const std::filesystem::path& file) {
  auto content = os::read_small_file(file, largest_key);
  if (!content.text)
    throw failure(errc::invalid_config, "read key", file.string(), content.why,
                  "the node must be able to read it");
  return *std::move(content.text);
}

http::http_request form_post(const std::string& url, const fields& body) {
  return {"POST",
          url,
          {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"},
          form_text(body),
          true};
}

/// Adds how the client shows who it is (RFC 6749, section 2.3.1), and the further parameters.
http::http_request client_post(const config::oauth2_credential& of, fields body) {
  body.insert(body.end(), of.parameters.begin(), of.parameters.end());
  const bool is_public = of.client_secret.empty();
  const bool in_query = of.shows == config::oauth2_credential::client_auth::query;
  const bool in_body = in_query || of.shows == config::oauth2_credential::client_auth::body;
  if (is_public || in_body) body.emplace_back("client_id", of.client_id);
  if (in_body && !is_public) body.emplace_back("client_secret", of.client_secret);
  if (in_query) {
    const auto* const separator = of.token_url.find('?') == std::string::npos ? "?" : "&";
    return {
        "GET", of.token_url + separator + form_text(body), {"Accept: application/json"}, {}, false};
  }
  auto out = form_post(of.token_url, body);
  if (!is_public && !in_body) {
    // Each part is encoded as in a form before they are joined.
    std::string shown;
    append_base64(
        shown, http::percent_encoded(of.client_id) + ':' + http::percent_encoded(of.client_secret));
    log::secrets().add(shown);
    out.headers.push_back("Authorization: Basic " + shown);
  }
  return out;
}

void add(fields& to, const char* name, const std::string& value) {
  if (!value.empty()) to.emplace_back(name, value);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

std::string form_text(const fields& of) {
  std::string out;
  for (const auto& [name, value] : of) {
    if (!out.empty()) out += '&';
    http::append_percent_encoded(out, name);
    out += '=';
    http::append_percent_encoded(out, value);
  }
  return out;
}

config::oauth2_credential resolved(const config::oauth2_credential& written,
                                   const std::filesystem::path& base) {
  auto out = written;
  for (auto* text : {&out.token_url, &out.client_id, &out.client_secret, &out.scope, &out.audience,
                     &out.refresh_token, &out.authorize_url, &out.redirect, &out.key_id,
                     &out.issuer, &out.subject})
    *text = config::expand(*text, base);
  for (auto& [name, value] : out.parameters) value = config::expand(value, base);
  for (const auto* secret : {&out.client_secret, &out.refresh_token})
    if (!secret->empty()) log::secrets().add(*secret);
  return out;
}

config::http_config client_settings(const config::credential_config& of) {
  config::http_config out;
  out.timeout = of.timeout;
  out.tls = of.tls;
  return out;
}

http::http_request first_request(const config::oauth2_credential& of, timestamp now) {
  fields body;
  if (of.grant == config::oauth2_credential::grant_type::jwt_bearer) {
    const auto assertion =
        signed_assertion({.issuer = of.issuer.empty() ? of.client_id : of.issuer,
                          .subject = of.subject,
                          .audience = of.audience.empty() ? of.token_url : of.audience,
                          .scope = {}},
                         {content_of(of.key), of.key_id}, now);
    log::secrets().add(assertion);
    body = {{"grant_type", jwt_bearer}, {"assertion", assertion}};
  } else {
    body = {{"grant_type", "client_credentials"}};
    add(body, "audience", of.audience);
  }
  add(body, "scope", of.scope);
  return client_post(of, std::move(body));
}

http::http_request refresh_request(const config::oauth2_credential& of,
                                   const std::string& refresh_token) {
  fields body{{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}};
  add(body, "scope", of.scope);
  return client_post(of, std::move(body));
}

http::http_request code_request(const config::oauth2_credential& of, const std::string& code,
                                const std::string& redirect, const std::string& verifier) {
  return client_post(of, {{"grant_type", "authorization_code"},
                          {"code", code},
                          {"redirect_uri", redirect},
                          {"code_verifier", verifier}});
}

http::http_request google_request(const config::google_credential& of,
                                  const std::filesystem::path& base, timestamp now) {
  const auto refuse = [&](std::string cause) -> failure {
    return {errc::invalid_config, "read key file", of.file.string(), std::move(cause),
            "it is the JSON file that Google makes with a key of a service account"};
  };
  const auto document = nlohmann::json::parse(content_of(of.file), nullptr, false);
  if (!document.is_object()) throw refuse("it is no JSON object");
  const auto text = [&](const char* key) {
    const auto found = document.find(key);
    if (found == document.end() || !found->is_string())
      throw refuse(std::string("it has no \"") + key + "\"");
    return found->get<std::string>();
  };
  std::vector<std::string> scopes;
  for (const auto& scope : of.scopes) scopes.push_back(config::expand(scope, base));
  const auto server = text("token_uri");
  // Google, "Using OAuth 2.0 for Server to Server Applications": an hour at most.
  const auto assertion = signed_assertion({.issuer = text("client_email"),
                                           .subject = config::expand(of.subject, base),
                                           .audience = server,
                                           .scope = joined(scopes),
                                           .life = std::chrono::minutes(10)},
                                          {text("private_key"), text("private_key_id")}, now);
  log::secrets().add(assertion);
  return form_post(server, {{"grant_type", jwt_bearer}, {"assertion", assertion}});
}

}  // namespace sluice::credentials
