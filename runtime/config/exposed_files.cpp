#include "runtime/config/exposed_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/config/references.hpp"

namespace sluice::config {
namespace {

/// Calls `take` with every string of the document.
template <class Take>
void for_each_text(const ordered_json& value, const Take& take) {
  if (value.is_string()) return take(value.get_ref<const std::string&>());
  if (!value.is_structured()) return;
  for (const auto& member : value) for_each_text(member, take);
}

class exposure_list {
 public:
  exposure_list(std::filesystem::path file, std::vector<problem>& found)
      : file_(std::move(file)), found_(file_, found) {}

  /// Adds a warning if other users may read `secret`. `holds`: what the file contains.
  void look_at(const std::filesystem::path& secret, const std::string& holds,
               const std::string& otherwise = {}) {
    struct ::stat about {};
    if (!seen_.insert(secret).second || ::stat(secret.c_str(), &about) != 0) return;
    const bool own = about.st_uid == ::geteuid();
    const bool world = (about.st_mode & S_IROTH) != 0;
    const bool group = (about.st_mode & S_IRGRP) != 0;
    if (!world && !(own && group)) return;
    found_.add("",
               fmt::format("{} {}, and {} may read it (mode {:04o})", secret.string(), holds,
                           world ? "everybody on this machine" : "its group",
                           static_cast<unsigned>(about.st_mode & 07777)),
               fmt::format("chmod {} {}{}", own ? "600" : "o-rwx", secret.string(), otherwise));
  }

 private:
  std::filesystem::path file_;
  file_problems found_;
  std::set<std::filesystem::path> seen_;
};

}  // namespace

std::vector<problem> exposed_files(const reading& read, const ordered_json& document) {
  constexpr std::string_view mask = "***";
  std::vector<problem> out;
  exposure_list list(read.file, out);
  const auto base = read.file.parent_path();
  for_each_text(document, [&](const std::string& text) {
    for (const auto& piece : parse_references(text).pieces)
      if (piece.what == text_piece::kind::file)
        list.look_at((base / piece.text).lexically_normal(), "is read for a secret");
  });
  for (const auto& key : read.notes.private_keys) list.look_at(key, "is a private key");
  const bool masks = std::ranges::any_of(read.notes.shown, [&](const auto& one) {
    return one.second.dump().find(mask) != std::string::npos;
  });
  if (masks && document.dump().find(mask) == std::string::npos)
    list.look_at(read.file, "holds a secret", ", or put the secret into a file: ${file:PATH}");
  return out;
}

}  // namespace sluice::config
