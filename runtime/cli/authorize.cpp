// `sluice authorize`
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "messages/error.hpp"
#include "runtime/cli/browser.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/node_file.hpp"
#include "runtime/credentials/authorization.hpp"
#include "runtime/credentials/kept_token.hpp"
#include "runtime/credentials/token_answer.hpp"
#include "runtime/credentials/token_request.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/node/state_dir.hpp"
#include "runtime/web/server.hpp"

namespace sluice::cli {
namespace {

/// How long a person may take.
constexpr std::chrono::minutes patience{10};
constexpr auto any_port = "http://127.0.0.1:0/callback";
/// Where nobody listens: the browser shows the address all the same.
constexpr auto to_paste = "http://127.0.0.1:8765/callback";

/// The parts of `http://127.0.0.1:8765/callback`.
struct loopback_address {
  std::string host;  ///< as a socket is bound to it
  std::string named;
  std::uint16_t port = 0;
  std::string path;
};

std::optional<loopback_address> loopback(const std::string& redirect) {
  static constexpr std::string_view scheme = "http://";
  if (!redirect.starts_with(scheme)) return std::nullopt;
  const auto path = std::min(redirect.find('/', scheme.size()), redirect.size());
  const auto colon = redirect.rfind(':', path);
  loopback_address out;
  out.named = redirect.substr(scheme.size(), colon - scheme.size());
  out.host = out.named == "[::1]" ? "::1" : "127.0.0.1";
  const auto port = std::strtoul(redirect.substr(colon + 1, path - colon - 1).c_str(), nullptr, 10);
  if (port > 65'535) return std::nullopt;
  out.port = static_cast<std::uint16_t>(port);
  out.path = path < redirect.size() ? redirect.substr(path) : "/";
  return out;
}

/// Waits for the browser to come back.
class callback {
 public:
  explicit callback(const loopback_address& at)
      : path_(at.path),
        server_(web::listening_port(at.host, at.port, "redirect"), nullptr,
                {.asked = [this](const std::shared_ptr<web::exchange>& e) { heard(*e); },
                 .trouble = [](const std::string&) {}}) {}

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  /// Path and query of the browser's request; nothing if nobody comes.
  std::optional<std::string> wait() {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, patience, [this] { return target_.has_value(); });
    return target_;
  }

 private:
  void heard(web::exchange& e) {
    const auto& asked = e.asked();
    const std::vector<std::pair<std::string, std::string>> plain{
        {"Content-Type", "text/plain; charset=utf-8"}};
    if (asked.path != path_ || asked.method != "GET")  // browsers also ask for an icon
      return e.respond({404, plain, "not found\n"});
    {
      const std::lock_guard lock(mutex_);
      if (!target_) target_ = asked.target;
    }
    e.respond({200, plain, "Sluice has heard. You can close this page.\n"});
    came_.notify_all();
  }

  const std::string path_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::optional<std::string> target_;
  web::server server_;  ///< the last: its thread uses the others
};

/// The credential to authorise. Throws `failure`.
config::credential_config credential_of(const config::node_config& node, const std::string& name) {
  const auto found = node.credentials.find(name);
  if (found == node.credentials.end())
    throw failure(errc::invalid_config, "authorise", name,
                  "node.json has no credential of that name",
                  "`sluice credentials` lists those that it has");
  if (!config::is_kept(found->second))
    throw failure(errc::invalid_config, "authorise", name, "it needs no person to authorise it",
                  "only credentials with \"grant\": \"refresh_token\" do");
  return found->second;
}

/// What is kept must be the node's own.
void require_user_of(const std::filesystem::path& state_dir) {
  std::error_code failed;
  ::umask(077);
  std::filesystem::create_directories(state_dir, failed);
  struct ::stat about {};
  if (failed || ::stat(state_dir.c_str(), &about) != 0)
    throw failure(errc::ledger_failed, "use state directory", state_dir.string(),
                  failed ? failed.message() : "it cannot be looked at", "check state_dir");
  if (about.st_uid != ::geteuid())
    throw failure(errc::forbidden, "use state directory", state_dir.string(),
                  "it belongs to another user",
                  "run this command as the user of the node, for example with sudo -u");
}

/// The address with which the browser came back.
std::string ask_person(const credentials::authorization& begun, callback* heard, bool paste,
                       output& out) {
  const bool opened = !paste && open_in_browser(begun.url);
  out.note(opened ? "the browser opens this address:" : "open this address in a browser:");
  out.note(begun.url);
  if (heard != nullptr) {
    if (auto target = heard->wait()) return *target;
    throw failure(errc::timed_out, "authorise", {}, "nobody came back within ten minutes",
                  "begin again; --paste where the browser is on another machine");
  }
  out.note("then paste the address that the browser shows at the end, and press Enter:");
  std::string line;
  if (!std::getline(std::cin, line) || line.empty())
    throw failure(errc::usage, "authorise", {}, "there is no address on standard input",
                  "begin again");
  return line;
}

std::string refresh_token_for(const config::oauth2_credential& of,
                              const credentials::authorization& begun, const std::string& code,
                              const config::http_config& client) {
  const auto answer = credentials::read_token_answer(http::http_client(client).send(
      credentials::code_request(of, code, begun.redirect, begun.verifier), {}));
  if (const auto* const why = std::get_if<credentials::token_refusal>(&answer))
    throw failure(errc::destination_failed, "get token", of.client_id, why->why,
                  "check token_url, client_id, client_secret, client_auth and redirect");
  auto token = std::get<credentials::token_grant>(answer).refresh_token;
  if (token.empty())
    throw failure(errc::destination_failed, "get token", of.client_id,
                  "the token server gave no refresh token",
                  "many give one only for a scope such as offline_access or refresh_token");
  return token;
}

}  // namespace

exit_code run(const authorize_options& what, output& out) {
  const auto node = node_of(what.config);
  const auto config = credential_of(node, what.credential);
  const auto settings =
      credentials::resolved(std::get<config::oauth2_credential>(config.kind), config.directory);
  require_user_of(node.state_dir);
  const std::string free_choice = what.paste ? to_paste : any_port;
  auto redirect = settings.redirect.empty() ? free_choice : settings.redirect;
  auto at = loopback(redirect);
  std::optional<callback> heard;
  if (!what.paste && at) {
    heard.emplace(*at);
    redirect = "http://" + at->named + ":" + std::to_string(heard->port()) + at->path;
  }
  const auto begun = credentials::begin_authorization(settings, redirect);
  const auto came_back = ask_person(begun, heard ? &*heard : nullptr, what.paste || !heard, out);
  const auto code = credentials::code_in(came_back, begun);
  const credentials::kept_token kept{
      refresh_token_for(settings, begun, code, credentials::client_settings(config)),
      node.name,
      credentials::digest_of_first(settings.refresh_token),
      now(),
      {}};
  const credentials::token_file file(node::credentials_in(node.state_dir), what.credential);
  const auto held = file.lock();
  file.write(kept);
  if (out.json())
    out.document(nlohmann::ordered_json{{"credential", what.credential},
                                        {"node", node.name.text()},
                                        {"kept_since", format_timestamp(kept.since)}});
  else
    out.result(what.credential + ": authorised; node " + node.name + " uses it from now on\n");
  return exit_code::done;
}

}  // namespace sluice::cli
