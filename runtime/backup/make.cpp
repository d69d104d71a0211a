#include "runtime/backup/make.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "runtime/backup/ledger_copy.hpp"
#include "runtime/backup/switch.hpp"
#include "runtime/catalog/copy.hpp"

namespace sluice::backup {
namespace {

void require_state(const std::filesystem::path& state_dir) {
  if (is_half_restored(state_dir))
    throw failure(errc::ledger_failed, "back up", state_dir.string(),
                  "a restore was interrupted here",
                  "start the node, or restore again: either completes it");
  if (!open_if_there(state_dir / catalog_name))
    throw failure(errc::ledger_failed, "back up", state_dir.string(),
                  "there is no catalog: no node has kept its state here",
                  "check state_dir in node.json");
}

/// Makes the folder, for its owner only.
void prepare(const std::filesystem::path& folder) {
  std::error_code failed;
  make_private_folder(folder);
  if (!std::filesystem::is_empty(folder, failed) || failed)
    throw failure(errc::usage, "back up", folder.string(),
                  failed ? failed.message() : "the folder is not empty",
                  "name a folder that is empty or does not exist yet");
  if (::chmod(folder.c_str(), 0700) != 0) fail("protect folder", folder, errno);
}

void empty(const std::filesystem::path& folder) {
  std::error_code ignored;  // the caller reports why the folder is emptied
  for (const auto& part : {catalog_name, ledgers_name, manifest_name})
    std::filesystem::remove_all(folder / part, ignored);
}

/// Names of the connections that have a folder in `ledgers`. Ledgers that were set aside begin with
/// a dot.
std::vector<std::string> connections_in(const std::filesystem::path& ledgers) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(ledgers, failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto name = at->path().filename().string();
    if (!name.starts_with('.')) names.push_back(name);
  }
  if (failed && failed != std::errc::no_such_file_or_directory)
    fail("list", ledgers, failed.value());
  return names;
}

}  // namespace

manifest make_backup(const backup_request& what) {
  require_state(what.state_dir);
  prepare(what.folder);
  manifest made{what.version, what.node, what.now, {}};
  try {
    const auto catalog = what.folder / catalog_name;
    catalog::copy_catalog({.from = what.state_dir / catalog_name, .to = catalog});
    sync_file(catalog);
    made.files[catalog_name] = digest_of(catalog);
    const auto ledgers = what.folder / ledgers_name;
    make_private_folder(ledgers);
    for (const auto& name : connections_in(what.state_dir / ledgers_name))
      for (const auto& [file, sum] :
           copy_ledger(what.state_dir / ledgers_name / name, ledgers / name))
        made.files[(std::filesystem::path(ledgers_name) / name / file).string()] = sum;
    sync_folder(ledgers);
    write_text(what.folder / manifest_name, to_text(made));
  } catch (...) {
    empty(what.folder);
    throw;
  }
  return made;
}

}  // namespace sluice::backup
