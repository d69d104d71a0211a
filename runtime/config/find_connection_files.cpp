// Finds the files that match the `connections` pattern of node.json.
#include <glob.h>

#include <cerrno>
#include <system_error>

#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view wildcards = "*?[";

/// `text`, escaped so that glob(3) takes it literally.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || wildcards.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// Whether glob(3) gives up. It does not if a folder is missing or is a file: with
/// `team-*/sync/*.json` not every team needs the folder.
int gives_up(const char*, int error) { return error != ENOENT && error != ENOTDIR ? 1 : 0; }

/// Result of glob(3), freed at the end of its scope.
class matches {
 public:
  explicit matches(const std::string& pattern)
      : code_(::glob(pattern.c_str(), 0, gives_up, &found_)) {}
  ~matches() { ::globfree(&found_); }
  matches(const matches&) = delete;
  matches& operator=(const matches&) = delete;

  [[nodiscard]] bool failed() const { return code_ != 0 && code_ != GLOB_NOMATCH; }
  [[nodiscard]] std::vector<std::filesystem::path> paths() const {
    return {found_.gl_pathv, found_.gl_pathv + found_.gl_pathc};
  }

 private:
  ::glob_t found_{};
  int code_;
};

/// The folder up to the first wildcard: `/etc/sluice` for `/etc/sluice/team-*/x.json`.
std::filesystem::path fixed_folder(const std::filesystem::path& pattern) {
  std::filesystem::path folder;
  for (const auto& part : pattern.parent_path()) {
    if (part.string().find_first_of(wildcards) != std::string::npos) break;
    folder /= part;
  }
  return folder;
}

}  // namespace

std::vector<std::filesystem::path> find_connection_files(const json_value& pattern) {
  const auto given = pattern.present() ? pattern.as_text() : std::string(defaults::connections);
  if (!given) return {};
  const bool plain = given->find_first_of(wildcards) == std::string::npos;
  const auto base = pattern.directory();
  if (plain) {
    auto file = (base / *given).lexically_normal();
    std::error_code unreadable;  // reading the file will say why
    if (std::filesystem::status(file, unreadable).type() != std::filesystem::file_type::not_found)
      return {file};
    pattern.complain("there is no file " + pattern.quoted(),
                     "name a file, or several with a pattern such as \"connections/*.json\"");
    return {};
  }
  std::error_code unreadable;
  // With the default pattern the folder need not exist. A configured pattern must lead to a folder:
  // a typo must not look like a node without connections.
  if (pattern.present() &&
      !std::filesystem::is_directory(base / fixed_folder(*given), unreadable)) {
    pattern.complain("the folder of " + pattern.quoted() + " does not exist or cannot be read",
                     "paths are relative to the file that names them");
    return {};
  }
  const bool absolute = std::filesystem::path(*given).is_absolute();
  const matches found(absolute ? *given : literal(base.string() + "/") + *given);
  if (found.failed()) {
    pattern.complain("a folder of " + pattern.quoted() + " cannot be read",
                     "the node must be able to list it");
    return {};
  }
  std::vector<std::filesystem::path> files;
  for (const auto& file : found.paths()) files.push_back(file.lexically_normal());
  return files;
}

}  // namespace sluice::config
