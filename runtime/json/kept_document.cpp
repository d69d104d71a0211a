#include "runtime/json/kept_document.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "messages/error.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/system_error.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice {

using nlohmann::json;

kept_document::kept_document(std::filesystem::path file, const about& what)
    : file_(std::move(file)), about_(what) {}

void kept_document::fail(const std::filesystem::path& file, std::string cause) const {
  throw failure(errc::ledger_failed, about_.operation, file.string(), std::move(cause),
                about_.hint);
}

std::optional<json> kept_document::object() const {
  const auto content = os::read_small_file(file_, about_.largest);
  if (!content.text && content.code == ENOENT) return std::nullopt;
  if (!content.text) fail(file_, content.why);
  auto document = json::parse(*content.text, nullptr, false);
  const auto version = document.find("version");
  if (!document.is_object() || version == document.end() || *version != about_.version)
    fail(file_, "it is not what this version of Sluice has written");
  return document;
}

void kept_document::make_folder() const {
  const auto folder = file_.parent_path();
  if (::mkdir(folder.c_str(), 0700) == 0) {
    if (const int cause = os::sync_folder(folder.parent_path()); cause != 0)
      fail(folder, os::reason(cause));
  } else if (errno != EEXIST) {
    fail(folder, os::reason(errno));
  }
}

void kept_document::write(json members) const {
  make_folder();
  members["version"] = about_.version;
  const auto text = members.dump();
  const auto temporary = std::filesystem::path(file_) += ".tmp";
  {
    const os::unique_fd out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!out || ::fchmod(out.get(), 0600) != 0) fail(temporary, os::reason(errno));
    if (const int cause = os::write_all(out.get(), text); cause != 0)
      fail(temporary, os::reason(cause));
    if (::fsync(out.get()) != 0) fail(temporary, os::reason(errno));
  }
  if (::rename(temporary.c_str(), file_.c_str()) != 0) fail(file_, os::reason(errno));
  const auto folder = file_.parent_path();
  if (const int cause = os::sync_folder(folder); cause != 0) fail(folder, os::reason(cause));
}

}  // namespace sluice
