#include "runtime/credentials/credential_status.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "runtime/credentials/kept_token.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::credentials {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t largest_note = 64u << 10;

std::filesystem::path note_of(const std::filesystem::path& folder, const std::string& credential) {
  return folder / (credential + ".status");
}

ordered_json time_or_null(const std::optional<timestamp>& time) {
  return time ? ordered_json(format_timestamp(*time)) : ordered_json();
}

std::optional<timestamp> time_in(const ordered_json& note, const char* key) {
  const auto found = note.find(key);
  if (found == note.end() || !found->is_string()) return std::nullopt;
  return parse_timestamp(found->get<std::string>());
}

std::string text_in(const ordered_json& note, const char* key) {
  const auto found = note.find(key);
  return found != note.end() && found->is_string() ? found->get<std::string>() : std::string();
}

refresh_note read_note(const std::filesystem::path& folder, const std::string& credential) {
  const auto content = os::read_small_file(note_of(folder, credential), largest_note);
  if (!content.text) return {};
  const auto note = ordered_json::parse(*content.text, nullptr, false);
  if (!note.is_object()) return {};
  refresh_note out{time_in(note, "refreshed_at"), time_in(note, "ends_at"), {}};
  if (auto cause = text_in(note, "cause"); !cause.empty())
    out.problem = {errc::destination_failed, "get token", credential, std::move(cause),
                   text_in(note, "hint")};
  return out;
}

/// What is known of the refresh token goes before what the node noted.
void look_at_kept(credential_status& status, const config::credential_config& config,
                  const node_name& node, const std::filesystem::path& folder) {
  const auto is_wrong = [&](std::string cause) {
    status.last.problem = {errc::destination_failed, "get token", status.credential,
                           std::move(cause), authorize_hint(status.credential)};
  };
  try {
    const auto kept = token_file(folder, status.credential).read();
    if (!kept) {
      if (std::get<config::oauth2_credential>(config.kind).refresh_token.empty())
        is_wrong("there is no refresh token yet");
      return;
    }
    status.kept_since = kept->since;
    if (!kept->refused.empty()) is_wrong(kept->refused);
    if (kept->node != node) is_wrong("its refresh token was given to node " + kept->node);
  } catch (const failure& f) {
    status.last.problem = f.info();
  }
}

}  // namespace

void write_note(const std::filesystem::path& folder, const std::string& credential,
                const refresh_note& note) noexcept {
  try {
    ::mkdir(folder.c_str(), 0700);
    const auto file = note_of(folder, credential);
    const auto temporary = std::filesystem::path(file) += ".tmp";
    const auto text = ordered_json{{"refreshed_at", time_or_null(note.refreshed_at)},
                                   {"ends_at", time_or_null(note.ends_at)},
                                   {"cause", note.problem.cause},
                                   {"hint", note.problem.hint}}
                          .dump(2, ' ', false, ordered_json::error_handler_t::replace);
    const os::unique_fd out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (out && os::write_all(out.get(), text) == 0)
      static_cast<void>(::rename(temporary.c_str(), file.c_str()));
  } catch (const std::exception&) {  // it is only a note
  }
}

std::vector<credential_status> list_credentials(
    const std::map<std::string, config::credential_config>& configured, const node_name& node,
    const std::filesystem::path& folder) {
  std::vector<credential_status> out;
  for (const auto& [name, config] : configured) {
    credential_status status{
        name, std::string(config::kind_of(config)), {}, read_note(folder, name)};
    if (config::is_kept(config)) look_at_kept(status, config, node, folder);
    out.push_back(std::move(status));
  }
  return out;
}

std::string authorize_hint(const std::string& credential) {
  return "authorise again: `sluice authorize " + credential + "`";
}

}  // namespace sluice::credentials
