#include "runtime/credentials/kept_token.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/error.hpp"
#include "messages/hex.hpp"
#include "runtime/crypto/crypto.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::credentials {
namespace {

using nlohmann::json;

constexpr int version = 1;
constexpr std::size_t largest_kept = 1u << 20;

[[noreturn]] void fail(const std::filesystem::path& file, std::string cause) {
  throw failure(errc::ledger_failed, "keep credential", file.string(), std::move(cause),
                "check state_dir, its owner, its permissions and its disk");
}

}  // namespace

std::string digest_of_first(const std::string& configured) {
  return configured.empty() ? std::string()
                            : to_small_hex(crypto::hash_of(crypto::digest::sha256, configured));
}

token_file::token_file(std::filesystem::path folder, const std::string& name)
    : folder_(std::move(folder)),
      file_(folder_ / (name + ".json")),
      lock_file_(folder_ / (name + ".lock")) {}

void token_file::make_folder() const {
  if (::mkdir(folder_.c_str(), 0700) == 0) {
    if (const int cause = os::sync_folder(folder_.parent_path()); cause != 0)
      fail(folder_, os::reason(cause));
  } else if (errno != EEXIST) {
    fail(folder_, os::reason(errno));
  }
}

std::optional<kept_token> token_file::read() const {
  const auto content = os::read_small_file(file_, largest_kept);
  if (!content.text && content.code == ENOENT) return std::nullopt;
  if (!content.text) fail(file_, content.why);
  const auto document = json::parse(*content.text, nullptr, false);
  if (!document.is_object() || document.value("version", 0) != version)
    fail(file_, "it is not what this version of Sluice has written");
  try {
    kept_token out{document.at("refresh_token").get<std::string>(),
                   node_name(document.at("node").get<std::string>()),
                   document.at("first").get<std::string>(),
                   parse_timestamp(document.at("since").get<std::string>()).value_or(timestamp{}),
                   document.at("refused").get<std::string>()};
    log::secrets().add(out.refresh_token);
    return out;
  } catch (const json::exception&) {  // its text would quote the file
    fail(file_, "it lacks a part");
  }
}

void token_file::write(const kept_token& token) const {
  make_folder();
  const auto temporary = std::filesystem::path(file_) += ".tmp";
  const auto text = json{{"version", version},
                         {"refresh_token", token.refresh_token},
                         {"node", token.node.text()},
                         {"first", token.first},
                         {"since", format_timestamp(token.since)},
                         {"refused", token.refused}}
                        .dump(2);
  {
    const os::unique_fd out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!out || ::fchmod(out.get(), 0600) != 0) fail(temporary, os::reason(errno));
    if (const int cause = os::write_all(out.get(), text); cause != 0)
      fail(temporary, os::reason(cause));
    if (::fsync(out.get()) != 0) fail(temporary, os::reason(errno));
  }
  if (::rename(temporary.c_str(), file_.c_str()) != 0) fail(file_, os::reason(errno));
  if (const int cause = os::sync_folder(folder_); cause != 0) fail(folder_, os::reason(cause));
}

os::unique_fd token_file::lock() const {
  make_folder();
  os::unique_fd out(::open(lock_file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out) fail(lock_file_, os::reason(errno));
  while (::flock(out.get(), LOCK_EX) != 0)
    if (errno != EINTR) fail(lock_file_, os::reason(errno));
  return out;
}

}  // namespace sluice::credentials
