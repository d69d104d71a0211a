// `sluice backup` and `sluice restore`
#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "messages/own_version.hpp"
#include "runtime/backup/make.hpp"
#include "runtime/backup/restore.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/node_file.hpp"
#include "runtime/node/state_dir.hpp"

namespace sluice::cli {
namespace {

using nlohmann::ordered_json;

std::uint64_t bytes_of(const backup::manifest& what) {
  std::uint64_t bytes = 0;
  for (const auto& [path, sum] : what.files) bytes += sum.bytes;
  return bytes;
}

std::uint64_t ledgers_of(const backup::manifest& what) {
  std::uint64_t ledgers = 0;
  for (const auto& [path, sum] : what.files)
    ledgers += std::filesystem::path(path).filename() == "current" ? 1 : 0;
  return ledgers;
}

ordered_json to_json(const backup::manifest& what, const std::filesystem::path& folder) {
  return {{"backup", folder.string()},   {"node", what.node},
          {"version", what.version},     {"made_at", format_timestamp(what.made_at)},
          {"ledgers", ledgers_of(what)}, {"files", what.files.size()},
          {"bytes", bytes_of(what)}};
}

std::string contents_of(const backup::manifest& what) {
  return "the catalog and " + std::to_string(ledgers_of(what)) + " ledgers, " +
         std::to_string(bytes_of(what)) + " bytes";
}

}  // namespace

exit_code run(const backup_options& what, output& out) {
  const auto node = node_of(what.config);
  const auto made =
      backup::make_backup({node.state_dir, what.folder, node.name, own_version(), now()});
  if (out.json()) {
    out.document(to_json(made, what.folder));
  } else {
    out.result(what.folder.string() + ": " + contents_of(made) + "\n");
  }
  return exit_code::done;
}

exit_code run(const restore_options& what, output& out) {
  const auto config = node_of(what.config);
  const node::state_dir state(config.state_dir);  // no node may use it meanwhile
  const auto done = backup::restore_backup({what.folder, state.path(), what.replace, now()});
  if (out.json()) {
    auto document = to_json(done.what, what.folder);
    document["state_dir"] = state.path().string();
    document["aside"] = done.aside ? ordered_json(done.aside->string()) : ordered_json{};
    out.document(document);
    return exit_code::done;
  }
  out.result(state.path().string() + ": " + contents_of(done.what) + ", as of " +
             format_timestamp(done.what.made_at) + "\n");
  if (done.aside) out.note("what was there is in " + done.aside->string());
  if (done.what.node != config.name)
    out.note("the backup is of node " + done.what.node + ", and this one is " + config.name);
  out.note("the next run of each connection is a full one, and says what the backup cannot know");
  return exit_code::done;
}

}  // namespace sluice::cli
