// The `api` section of a node: where the HTTP API is, and who may use it.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/ascii.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::config {
namespace {

constexpr auto listen_example = "name an address and a port: \"127.0.0.1:9470\"";
constexpr auto token_example =
    R"([{"name": "airflow", "role": "operator", "token": "${env:AIRFLOW_TOKEN}"}])";

std::optional<api_tls_config> read_api_tls(const json_value& place) {
  constexpr auto hint = "write \"tls\": {\"certificate\": PATH, \"key\": PATH} in PEM form";
  section tls(place);
  const auto certificate = tls.required("certificate", hint).as_path();
  const auto key = tls.required("key", hint).as_private_key();
  if (!certificate || !key) return std::nullopt;
  return api_tls_config{*certificate, *key};
}

/// Whether a header `Host` may hold it: a name or a numeric address, and perhaps a port.
bool is_host(std::string_view text) {
  const auto letter = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
  };
  auto name = text;
  if (const auto close = text.rfind(']'); close != std::string_view::npos) {
    if (text.front() != '[') return false;
    name = text.substr(close + 1);
    const auto inside = text.substr(1, close - 1);
    if (inside.find_first_not_of("0123456789abcdef:.") != std::string_view::npos) return false;
  } else {
    name = text.substr(0, text.find(':'));
    if (name.empty() || !std::ranges::all_of(name, letter)) return false;
    name = text.substr(name.size());
  }
  if (name.empty()) return true;
  const auto port = name.substr(1);
  return name.front() == ':' && !port.empty() && port.size() <= 5 &&
         std::ranges::all_of(port, is_digit);
}

std::vector<std::string> read_hosts(const json_value& place) {
  std::vector<std::string> out;
  if (!place.present()) return out;
  for (const auto& element : place.elements(R"(["sluice.example.com"])")) {
    auto text = element.as_text();
    if (!text) continue;
    std::ranges::transform(*text, text->begin(), lower);
    if (!is_host(*text))
      element.complain(element.quoted() + " is no host name",
                       "write what stands between // and the next / of the address, for example "
                       "\"sluice.example.com\"");
    else if (std::ranges::find(out, *text) != out.end())
      element.complain(element.quoted() + " is listed twice", "list every host once");
    else
      out.push_back(std::move(*text));
  }
  return out;
}

/// Complains about a value that is too easily guessed or that a header cannot hold. The value is in
/// no text.
void check_value(const json_value& token, const std::string& value) {
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (!std::ranges::all_of(value, visible))
    token.complain("has characters that a header cannot hold",
                   "use letters, digits and signs, without blanks");
  else if (value.size() < limits::shortest_token)
    token.complain("is shorter than " + std::to_string(limits::shortest_token) + " characters",
                   "let chance make it, for example: openssl rand -hex 32");
}

/// The tokens whose names and values are their own.
class token_reader {
 public:
  void read(const json_value& place) {
    section token(place);
    const auto name = token.required("name", "say who uses it: \"airflow\"");
    const auto role = token.required("role", "say \"operator\" or \"observer\"");
    const auto value = token.required("token", "best as \"${env:AIRFLOW_TOKEN}\"");
    api_token out;
    out.rows = token.boolean("rows", out.rows);
    out.operates = role.as_word<bool>({{"operator", true}, {"observer", false}}).value_or(false);
    out.name = name.as_name().value_or("");
    if (!out.name.empty()) once(name, out.name, names_, "a token that is named before");
    if (const auto resolved = value.as_text()) {
      out.written = value.raw().get<std::string>();
      value.is_shown_as(shown_secret(out.written));
      keep_secret(out.written);
      check_value(value, *resolved);
      once(value, *resolved, values_, "that of a token before");
    }
    tokens_.push_back(std::move(out));
  }
  [[nodiscard]] std::vector<api_token> take() { return std::move(tokens_); }

 private:
  static void once(const json_value& place, const std::string& text,
                   std::vector<std::string>& known, const char* other) {
    if (std::ranges::find(known, text) != known.end())
      place.complain(std::string("is the same as ") + other,
                     "each token has a name and a value of its own");
    known.push_back(text);
  }

  std::vector<std::string> names_;
  std::vector<std::string> values_;
  std::vector<api_token> tokens_;
};

std::vector<api_token> read_tokens(const json_value& place) {
  token_reader tokens;
  if (place.present())
    for (const auto& element : place.elements(token_example)) tokens.read(element);
  return tokens.take();
}

void read_session(const json_value& place, api_config& out) {
  section session(place);
  out.session_idle =
      session.duration("idle", limits::session_min, limits::session_max, out.session_idle);
  out.session_longest =
      session.duration("longest", limits::session_min, limits::session_max, out.session_longest);
  if (out.session_longest < out.session_idle)
    session.complain("ends before it can be idle for so long",
                     "make \"longest\" at least as long as \"idle\"");
}

}  // namespace

std::string api_config::url() const { return (tls ? "https://" : "http://") + listen.text(); }

std::string token_value(const api_config& api, const api_token& token) {
  auto value = expand(token.written, api.directory);
  log::secrets().add(value);
  return value;
}

std::optional<api_config> read_api(const json_value& place) {
  if (!place.present()) return std::nullopt;
  section api(place);
  api_config out;
  out.directory = place.directory();
  const auto listen = api.required("listen", listen_example);
  const auto hosts = api.member("hosts");
  const auto tls = api.member("tls");
  out.insecure = api.boolean("insecure", out.insecure);
  const auto tokens = api.member("tokens");
  out.console = api.boolean("console", out.console);
  const auto session = api.member("session");

  out.hosts = read_hosts(hosts);
  if (tls.present()) out.tls = read_api_tls(tls);
  out.tokens = read_tokens(tokens);
  read_session(session, out);
  if (!out.console && !tokens.present())
    tokens.complain("is missing, and there is no console: nobody could use the API",
                    std::string("name who may, ") + token_example + ", or leave \"console\" out");
  const auto address = read_numeric_address(listen, listen_example);
  if (!address) return std::nullopt;
  out.listen = *address;
  if (!tls.present() && !out.insecure && !address->is_loopback())
    listen.complain(listen.quoted() +
                        " can be reached from other machines, who would send tokens "
                        "that anybody between can read",
                    "add \"tls\", listen on 127.0.0.1, or add \"insecure\": true where a proxy "
                    "encrypts");
  return out;
}

}  // namespace sluice::config
