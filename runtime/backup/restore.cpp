#include "runtime/backup/restore.hpp"

#include <algorithm>
#include <system_error>

#include "runtime/backup/switch.hpp"
#include "runtime/catalog/copy.hpp"

namespace sluice::backup {
namespace {

bool has_state(const std::filesystem::path& state_dir) {
  if (open_if_there(state_dir / catalog_name)) return true;
  std::error_code failed;
  const auto ledgers = state_dir / ledgers_name;
  return std::filesystem::exists(ledgers, failed) && !std::filesystem::is_empty(ledgers, failed);
}

/// `before-restore.20261130T201501Z`, with a number behind it if there is one of that name.
std::string free_name(const std::filesystem::path& state_dir, timestamp now) {
  auto time = format_timestamp(now).substr(0, sizeof("2026-11-30T20:15:01") - 1);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const auto first = "before-restore." + time + "Z";
  auto name = first;
  for (int number = 2; std::filesystem::exists(state_dir / name); ++number)
    name = first + "." + std::to_string(number);
  return name;
}

void copy_part(const std::string& path, const digest& sum, const std::filesystem::path& from,
               const std::filesystem::path& to) {
  if (copy_bytes({.from = from / path, .to = to / path}) != sum)
    throw failure(errc::ledger_corrupt, "copy backup", (from / path).string(),
                  "it is not what was verified a moment ago", "the disk of the backup fails");
}

void make_folders(const manifest& what, const std::filesystem::path& staging) {
  make_private_folder(staging);
  make_private_folder(staging / ledgers_name);
  for (const auto& [path, sum] : what.files) make_private_folder((staging / path).parent_path());
}

void stage(const manifest& what, const std::filesystem::path& folder,
           const std::filesystem::path& staging) {
  make_folders(what, staging);
  for (const auto& [path, sum] : what.files) copy_part(path, sum, folder, staging);
  catalog::note_restored(staging / catalog_name, what.made_at);
  sync_file(staging / catalog_name);
  for (const auto& [path, sum] : what.files) sync_folder((staging / path).parent_path());
  sync_folder(staging / ledgers_name);
  sync_folder(staging);
}

}  // namespace

restored restore_backup(const restore_request& what) {
  auto found = read_manifest(what.folder);
  if (!found.files.contains(catalog_name))
    throw failure(errc::ledger_failed, "read backup", what.folder.string(), "it has no catalog",
                  "use another backup");
  verify(found, what.folder);
  if (!what.replace && has_state(what.state_dir))
    throw failure(errc::usage, "restore", what.state_dir.string(),
                  "there is state in this directory",
                  "--replace moves it aside, into a folder in the same directory");
  const auto staging = staging_of(what.state_dir);
  remove_tree(staging);
  try {
    stage(found, what.folder, staging);
    decide_restore(what.state_dir, free_name(what.state_dir, what.now));
  } catch (...) {
    std::error_code ignored;  // the caller reports the reason
    if (!is_half_restored(what.state_dir)) std::filesystem::remove_all(staging, ignored);
    throw;
  }
  auto aside = finish_restore(what.state_dir);
  return {std::move(found), std::move(aside)};
}

}  // namespace sluice::backup
