#include "runtime/tls/deployment.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "messages/error.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/config/json_value.hpp"
#include "runtime/net/address.hpp"
#include "runtime/os/files.hpp"
#include "runtime/os/small_file.hpp"
#include "runtime/os/system_error.hpp"
#include "runtime/os/unique_fd.hpp"
#include "runtime/tls/authority.hpp"
#include "runtime/tls/hosts.hpp"

namespace sluice::tls {
namespace {

namespace fs = std::filesystem;

constexpr auto operation = "set up certificates";
/// An authority outlives the certificates that it signs later.
constexpr std::chrono::days authority_valid_for{3650};
/// The longest common name of a certificate (RFC 5280, ub-common-name).
constexpr std::size_t longest_name = 64;
constexpr mode_t for_all = 0644;
constexpr mode_t for_owner = 0600;

[[noreturn]] void refuse(const std::string& object, const std::string& cause,
                         const std::string& hint = {}) {
  throw failure(errc::usage, operation, object, cause, hint);
}

/// `node:a` -> `node-a`.
std::string stem_of(const net::party& who) {
  auto stem = who.text();
  std::ranges::replace(stem, ':', '-');
  return stem;
}

void check(const member& m) {
  const auto text = m.who.text();
  if (!config::is_name(m.who.name)) refuse(text, "the name cannot be one", config::name_rule());
  if (text.size() > longest_name)
    refuse(text, "a certificate names at most " + std::to_string(longest_name) + " bytes",
           "choose a shorter name");
  for (const auto& host : m.hosts)
    if (!net::is_ip_address(host) && !is_host_name(host))
      refuse(text, "'" + host + "' is neither a host's name nor an address",
             "write for example b.example or 10.0.0.7");
}

bool is_there(const fs::path& file) {
  struct stat found {};
  return ::lstat(file.c_str(), &found) == 0;
}

std::string read_file(const fs::path& file) {
  auto content = os::read_small_file(file, config::limits::referenced_file);
  if (!content.text)
    throw failure(errc::invalid_config, operation, file.string(), content.why,
                  "run as the user who made it, or restore it");
  return *std::move(content.text);
}

/// Removes its files again unless all could be written.
class new_files {
 public:
  ~new_files() {
    if (kept_) return;
    std::error_code ignored;  // the failure that led here is what counts
    for (const auto& file : files_) fs::remove(file, ignored);
  }
  new_files() = default;
  new_files(const new_files&) = delete;
  new_files& operator=(const new_files&) = delete;

  void write(const fs::path& file, const std::string& text, mode_t mode) {
    const os::unique_fd fd{
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, for_owner)};
    if (!fd) fail(file);
    files_.push_back(file);
    errno = os::write_all(fd.get(), text);
    if (errno != 0 || ::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) fail(file);
  }
  void write(const fs::path& stem, const credentials& what) {
    auto file = stem;
    write(file += ".pem", what.certificate, for_all);
    file = stem;
    write(file += ".key", what.key, for_owner);
  }
  std::vector<fs::path> keep() {
    kept_ = true;
    return std::move(files_);
  }

 private:
  [[noreturn]] static void fail(const fs::path& file) {
    throw failure(errc::usage, operation, file.string(), os::reason(errno),
                  "choose a directory that can be written");
  }

  std::vector<fs::path> files_;
  bool kept_ = false;
};

void make_directory(const fs::path& directory) {
  const auto fail = [&](int why) {
    refuse(directory.string(), os::reason(why), "choose a directory that can be made");
  };
  std::error_code failed;
  if (!directory.parent_path().empty()) fs::create_directories(directory.parent_path(), failed);
  if (failed) fail(failed.value());
  if (::mkdir(directory.c_str(), for_owner | S_IXUSR) == 0) {
    if (::chmod(directory.c_str(), for_owner | S_IXUSR) != 0) fail(errno);  // whatever the umask
  } else if (errno != EEXIST) {
    fail(errno);
  }
}

}  // namespace

std::vector<fs::path> set_up(const deployment_options& what, timestamp now) {
  // The last component of `tls/` is empty: the directory to make is the parent.
  const auto dir = what.directory.has_filename() ? what.directory : what.directory.parent_path();
  if (what.valid_for <= std::chrono::days{0})
    refuse(std::to_string(what.valid_for.count()) + " days", "a certificate must be valid for some",
           "give at least one day");
  std::set<std::string> stems;
  for (const auto& m : what.members) {
    check(m);
    if (!stems.insert(stem_of(m.who)).second) refuse(m.who.text(), "it is asked for twice");
  }
  for (const auto& stem : stems)
    for (const auto* end : {".pem", ".key"})
      if (is_there(dir / (stem + end)))
        refuse((dir / (stem + end)).string(), "it exists already",
               "remove it first, if it is to be replaced");
  const bool has_certificate = is_there(dir / "ca.pem");
  if (has_certificate != is_there(dir / "ca.key"))
    throw failure(errc::invalid_config, operation, dir.string(),
                  std::string("only ") + (has_certificate ? "ca.pem" : "ca.key") + " is there",
                  "put the other one back, or begin anew in an empty directory");

  make_directory(dir);
  new_files files;
  const auto signer = has_certificate
                          ? authority::read({read_file(dir / "ca.pem"), read_file(dir / "ca.key")})
                          : authority::create(now, std::max(authority_valid_for, what.valid_for));
  if (!has_certificate) files.write(dir / "ca", signer.own());
  for (const auto& m : what.members) {
    auto hosts = m.hosts;
    if (hosts.empty() && m.who.kind == net::party_kind::node)
      hosts = {"localhost", "127.0.0.1", "::1"};
    files.write(dir / stem_of(m.who), signer.issue(m.who, hosts, now, what.valid_for));
  }
  return files.keep();
}

}  // namespace sluice::tls
