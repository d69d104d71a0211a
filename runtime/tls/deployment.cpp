#include "runtime/tls/deployment.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "messages/error.hpp"
#include "runtime/net/unique_fd.hpp"
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
  const auto usable = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  const auto& name = m.who.name;
  if (name.empty() || name.front() == '.' || !std::ranges::all_of(name, usable))
    refuse(text, "the name cannot be one",
           "use letters, digits, '.', '_' and '-', not beginning with a dot");
  if (text.size() > longest_name)
    refuse(text, "a certificate names at most " + std::to_string(longest_name) + " bytes",
           "choose a shorter name");
  for (const auto& host : m.hosts)
    if (!is_ip_address(host) && !is_host_name(host))
      refuse(text, "'" + host + "' is neither a host's name nor an address",
             "write for example b.example or 10.0.0.7");
}

bool is_there(const fs::path& file) {
  struct stat found {};
  return ::lstat(file.c_str(), &found) == 0;
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || !in)
    throw failure(errc::invalid_config, operation, file.string(), "it cannot be read",
                  "run as the user who made it");
  return text;
}

/// Files that are removed again unless all could be written.
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
    const net::unique_fd fd{
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, for_owner)};
    if (!fd) fail(file);
    files_.push_back(file);
    std::string_view left = text;
    while (!left.empty()) {
      const auto n = ::write(fd.get(), left.data(), left.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(file);
      left.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) fail(file);
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
    throw failure(errc::usage, operation, file.string(), std::generic_category().message(errno),
                  "choose a directory that can be written");
  }

  std::vector<fs::path> files_;
  bool kept_ = false;
};

void make_directory(const fs::path& directory) {
  std::error_code failed;
  if (!directory.parent_path().empty()) fs::create_directories(directory.parent_path(), failed);
  if (failed || (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST))
    refuse(directory.string(), std::generic_category().message(failed ? failed.value() : errno),
           "choose a directory that can be made");
}

}  // namespace

std::vector<fs::path> set_up(const deployment_options& what, timestamp now) {
  const auto& dir = what.directory;
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
