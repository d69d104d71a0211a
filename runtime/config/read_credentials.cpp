#include "runtime/config/read_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/ascii.hpp"
#include "runtime/config/read_http.hpp"
#include "runtime/config/secret_names.hpp"

namespace sluice::config {
namespace {

using grant_type = oauth2_credential::grant_type;

constexpr auto kinds_hint =
    R"(one of {"oauth2": …}, {"bearer": …}, {"basic": …}, {"api_key": …}, {"google": …}, {"aws": …}, {"hmac": …})";

/// A text as it is written; empty where there is none.
std::string written(const json_value& value) {
  return value.present() ? value.as_written().value_or("") : std::string();
}

std::string required_text(section& of, std::string_view key, const std::string& hint) {
  return of.required(key, hint).as_written().value_or("");
}

std::string read_address(const json_value& value, const std::string& example) {
  auto url = written(value);
  if (!url.empty()) check_address(value, {.url = url, .example = example});
  return url;
}

/// Complains about a setting of another grant.
void only_with(const json_value& value, bool goes, const char* grant) {
  if (value.present() && !goes)
    value.complain(std::string("goes with \"grant\": \"") + grant + "\" only", "remove it");
}

std::vector<std::pair<std::string, std::string>> read_parameters(const json_value& value) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!value.is_object()) return out;
  for (const auto& [name, text] : value.members()) out.emplace_back(name, written(text));
  return out;
}

std::string read_redirect(const json_value& value) {
  auto url = written(value);
  const bool loopback = url.starts_with("http://127.0.0.1:") || url.starts_with("http://[::1]:") ||
                        url.starts_with("http://localhost:");
  if (!url.empty() && !loopback && !url.starts_with("https://"))
    value.complain("is no address to which a browser can come back",
                   R"(for example "http://127.0.0.1:8765/callback", as registered with the API)");
  return url;
}

void read_kind(section& oauth2, oauth2_credential& out) {
  using enum grant_type;
  const auto grant = oauth2.required("grant", R"(for example "client_credentials")");
  out.grant = grant
                  .as_word<grant_type>({{"client_credentials", client_credentials},
                                        {"refresh_token", refresh_token},
                                        {"jwt_bearer", jwt_bearer}})
                  .value_or(client_credentials);
  out.token_url = read_address(oauth2.required("token_url", "say where tokens are had"),
                               "https://login.example.com/oauth2/token");
  out.client_id = required_text(oauth2, "client_id", "the id of the app, as the API shows it");
  out.client_secret = written(oauth2.member("client_secret"));
  using shows = oauth2_credential::client_auth;
  out.shows = oauth2.word<shows>(
      "client_auth", {{"basic", shows::basic}, {"body", shows::body}, {"query", shows::query}},
      out.shows);
  out.scope = written(oauth2.member("scope"));
  out.audience = written(oauth2.member("audience"));
  out.parameters = read_parameters(oauth2.member("parameters"));
  const auto first = oauth2.member("refresh_token");
  const auto authorize_url = oauth2.member("authorize_url");
  const auto redirect = oauth2.member("redirect");
  const auto key = oauth2.member("key");
  const auto key_id = oauth2.member("key_id");
  const auto issuer = oauth2.member("issuer");
  const auto subject = oauth2.member("subject");
  const auto expires_after = oauth2.member("expires_after");
  if (!grant.present()) return;
  for (const auto& each : {first, authorize_url, redirect})
    only_with(each, out.grant == refresh_token, "refresh_token");
  for (const auto& each : {key, key_id, issuer, subject})
    only_with(each, out.grant == jwt_bearer, "jwt_bearer");
  out.refresh_token = written(first);
  out.authorize_url = read_address(authorize_url, "https://login.example.com/oauth2/authorize");
  out.redirect = read_redirect(redirect);
  out.key = key.as_private_key().value_or("");
  if (out.grant == jwt_bearer && !key.present())
    key.complain("is missing", "name the file with the private key, PEM, that signs assertions");
  out.key_id = written(key_id);
  out.issuer = written(issuer);
  out.subject = written(subject);
  out.expires_after = expires_after.as_duration(limits::token_life_min, limits::token_life_max)
                          .value_or(out.expires_after);
}

void read_kind(section& bearer, bearer_credential& out) {
  out.token = required_text(bearer, "token", R"(best as "${env:TOKEN}")");
}

void read_kind(section& basic, basic_credential& out) {
  out.user = required_text(basic, "user", "name the user");
  // Many APIs take a key as user, and an empty password.
  const auto password = basic.member("password");
  if (password.present() && !password.is_empty_text()) out.password = written(password);
}

void read_kind(section& api_key, api_key_credential& out) {
  const auto header = api_key.member("header");
  const auto query = api_key.member("query");
  out.value = required_text(api_key, "value", R"(the key, best as "${env:API_KEY}")");
  if (header.present() == query.present())
    api_key.complain("needs \"header\" or \"query\", and not both",
                     R"(for example {"header": "X-Api-Key", "value": "${env:API_KEY}"})");
  const auto& named = header.present() ? header : query;
  out.in = header.present() ? api_key_credential::place::header : api_key_credential::place::query;
  out.name = named.as_text().value_or("");
  if (!out.name.empty()) check_header_name(named, out.name);
}

void read_kind(section& google, google_credential& out) {
  out.file = google.required("file", "name the key file of the service account, JSON")
                 .as_private_key()
                 .value_or("");
  const auto scopes =
      google.required("scopes", R"(for example ["https://www.googleapis.com/auth/datamanager"])");
  if (scopes.present())
    for (const auto& scope : scopes.elements(R"(["https://www.googleapis.com/auth/datamanager"])"))
      out.scopes.push_back(written(scope));
  out.subject = written(google.member("subject"));
}

void read_kind(section& aws, aws_credential& out) {
  out.access_key = required_text(aws, "access_key", "the id of the access key");
  out.secret_key = required_text(aws, "secret_key", R"(best as "${env:AWS_SECRET_ACCESS_KEY}")");
  out.session_token = written(aws.member("session_token"));
  out.region = required_text(aws, "region", R"(for example "eu-central-1")");
  out.service = required_text(aws, "service", R"(for example "execute-api")");
}

/// Complains about braces that hold none of `known`; without them any header may be named.
void check_placeholders(const json_value& value, const std::string& text,
                        std::initializer_list<std::string_view> known) {
  for (auto open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    const auto name = text.substr(open + 1, close == std::string::npos ? close : close - open - 1);
    const bool fits = known.size() == 0
                          ? !name.empty() && name.find_first_of(" {") == std::string::npos
                          : std::ranges::find(known, name) != known.end();
    if (close == std::string::npos || !fits)
      value.complain("has a {" + name + "} that stands for nothing",
                     known.size() == 0
                         ? "{timestamp}, {method}, {target}, {body}, or a header: {webhook-id}"
                         : "{signature} or {timestamp}");
  }
}

void read_kind(section& hmac, hmac_credential& out) {
  using encoding = hmac_credential::encoding;
  out.secret = required_text(hmac, "secret", R"(best as "${env:WEBHOOK_SECRET}")");
  out.secret_encoding = hmac.word<encoding>(
      "secret_encoding", {{"text", encoding::text}, {"base64", encoding::base64}},
      out.secret_encoding);
  const auto header = hmac.required("header", R"(for example "X-Signature")");
  out.header = header.as_text().value_or("");
  if (!out.header.empty()) check_header_name(header, out.header);
  const auto message = hmac.member("message");
  message.defaults_to("{timestamp}.{body}");
  out.message = message.as_text().value_or("{timestamp}.{body}");
  check_placeholders(message, out.message, {});
  if (message.present() && out.message.find("{body}") == std::string::npos)
    message.complain("leaves out the body", "anybody could send another one: add {body}");
  const auto format = hmac.member("format");
  format.defaults_to("t={timestamp},v1={signature}");
  out.format = format.as_text().value_or("t={timestamp},v1={signature}");
  check_placeholders(format, out.format, {"signature", "timestamp"});
  out.signature_encoding = hmac.word<encoding>(
      "encoding", {{"hex", encoding::hex}, {"base64", encoding::base64}}, out.signature_encoding);
  const auto timestamp_header = hmac.member("timestamp_header");
  out.timestamp_header = timestamp_header.as_text().value_or("");
  if (!out.timestamp_header.empty()) check_header_name(timestamp_header, out.timestamp_header);
}

template <class Kind>
bool read_as(section& credential, credential_config& out) {
  const auto value = credential.member(Kind::kind_name);
  if (!value.present()) return false;
  auto& kind = out.kind.emplace<Kind>();
  section settings(value);
  if (!settings) return true;
  read_kind(settings, kind);
  constexpr bool asks_server =
      std::is_same_v<Kind, oauth2_credential> || std::is_same_v<Kind, google_credential>;
  if constexpr (asks_server) {
    out.timeout =
        settings.duration("timeout", limits::http_time_min, limits::http_time_max, out.timeout);
    out.give_up_after = settings.duration("give_up_after", limits::http_time_min,
                                          limits::http_time_max, out.give_up_after);
    out.tls = read_tls(settings.member("tls"));
  }
  return true;
}

template <class... Kinds>
std::size_t read_any(section& credential, credential_config& out, const std::variant<Kinds...>&) {
  return (std::size_t{0} + ... + (read_as<Kinds>(credential, out) ? 1 : 0));
}

/// Whether the member of a credential is secret by its name or by what it is.
bool is_secret(const std::string& key) {
  static constexpr std::array<std::string_view, 3> by_kind{"value", "user", "access_key"};
  return names_a_secret(key) || std::ranges::find(by_kind, key) != by_kind.end();
}

bool is_open(const std::string& key) {
  return key == "token_url" || key == "grant" || key == "secret_encoding";
}

void mask(ordered_json& value) {
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) {
    if (member.is_object()) {
      mask(member);
    } else if (member.is_string() && is_secret(key) && !is_open(key)) {
      const auto text = member.get<std::string>();
      keep_secret(text);
      member = shown_secret(text);
    }
  }
}

/// A host name, or `*.` in front of one.
bool is_host_pattern(std::string_view pattern) {
  const bool below = pattern.starts_with("*.");
  const auto host = below ? pattern.substr(2) : pattern;
  const bool fits = !host.empty() && std::ranges::all_of(host, [](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.';
  });
  // `*.com` would be anybody.
  return fits && host.front() != '.' && host.back() != '.' &&
         (!below || host.find('.') != std::string_view::npos);
}

}  // namespace

std::string_view kind_of(const credential_config& credential) {
  return std::visit([](const auto& kind) { return std::decay_t<decltype(kind)>::kind_name; },
                    credential.kind);
}

bool is_kept(const credential_config& credential) {
  const auto* const oauth2 = std::get_if<oauth2_credential>(&credential.kind);
  return oauth2 != nullptr && oauth2->grant == grant_type::refresh_token;
}

std::optional<credential_config> read_credential(const json_value& value) {
  credential_config out;
  out.directory = value.directory();
  section credential(value);
  const auto kinds = read_any(credential, out, out.kind);
  if (!credential) return std::nullopt;
  if (kinds != 1) {
    credential.complain(kinds == 0 ? "names no kind of credential" : "is of several kinds",
                        kinds_hint);
    if (kinds == 0) credential.dismiss();
    return std::nullopt;
  }
  return out;
}

std::map<std::string, credential_config> read_credentials(const json_value& credentials) {
  std::map<std::string, credential_config> out;
  if (!credentials.present() || !credentials.is_object()) return out;
  for (const auto& [name, value] : credentials.members()) {
    if (!is_name(name)) value.complain("\"" + name + "\" cannot name a credential", name_rule());
    value.is_shown_as(shown_credential(value.raw()));
    if (auto read = read_credential(value)) out.emplace(name, *std::move(read));
  }
  return out;
}

std::vector<unfit_setting> unfit_settings(const http_config& destination,
                                          const credential_config& credential) {
  std::vector<unfit_setting> out;
  const bool signs = std::holds_alternative<aws_credential>(credential.kind) ||
                     std::holds_alternative<hmac_credential>(credential.kind);
  if (destination.gzip && signs)
    out.push_back({"gzip", "a signature is made before the body is compressed",
                   "remove it, or use another credential"});
  const bool asks_server = std::holds_alternative<oauth2_credential>(credential.kind) ||
                           std::holds_alternative<google_credential>(credential.kind);
  if (destination.base_url && !asks_server)
    out.push_back({"base_url", "comes from the answer of a token server, and there is none",
                   "write the server into each \"url\""});
  return out;
}

ordered_json shown_credential(ordered_json credential) {
  mask(credential);
  return credential;
}

std::optional<base_url_config> read_base_url(const json_value& base_url) {
  if (!base_url.present()) return std::nullopt;
  base_url_config out;
  section base(base_url);
  const auto from = base.required(
      "from", R"(a JSON pointer into the answer of the token server, for example "/instance_url")");
  const auto within =
      base.required("within", R"(the hosts that it may name, for example ["*.salesforce.com"])");
  if (!base) return std::nullopt;
  out.from = read_pointer(from).value_or("");
  if (!within.present()) return out;
  for (const auto& element : within.elements(R"(["*.salesforce.com"])")) {
    const auto pattern = element.as_text();
    if (!pattern) continue;
    if (!is_host_pattern(*pattern))
      element.complain(element.quoted() + " is no host, and no *. in front of one",
                       R"(for example "*.salesforce.com")");
    out.within.push_back(*pattern);
  }
  return out;
}

}  // namespace sluice::config
