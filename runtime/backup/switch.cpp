#include "runtime/backup/switch.hpp"

#include <array>

#include "runtime/backup/manifest.hpp"

namespace sluice::backup {
namespace {

constexpr auto staging_name = "restore.new";
constexpr auto decision_name = "restore.pending";

/// A part of the state with its companions; the parts are replaced in this order.
struct part {
  const char* name;
  std::array<const char*, 2> companions;  ///< of the present one; the staged one has none
};
constexpr std::array<part, 2> parts{
    part{catalog_name, {"catalog.sqlite-wal", "catalog.sqlite-shm"}},
    part{ledgers_name, {nullptr, nullptr}}};

class switching {
 public:
  switching(std::filesystem::path state_dir, std::filesystem::path aside,
            const std::function<void()>& before_each)
      : state_dir_(std::move(state_dir)), aside_(std::move(aside)), before_each_(before_each) {}

  void run() {
    for (const auto& each : parts) {
      // Once the part is in its place, the file under its name is the new one.
      const auto staged = staging_of(state_dir_) / each.name;
      if (!std::filesystem::exists(staged)) continue;
      for (const auto* companion : each.companions)
        if (companion != nullptr) put_aside(companion);
      put_aside(each.name);
      before_each_();
      rename_durably(staged, state_dir_ / each.name);
    }
  }

 private:
  void put_aside(const char* name) {
    const auto present = state_dir_ / name;
    if (!std::filesystem::exists(present)) return;
    before_each_();
    if (std::filesystem::is_directory(present) && std::filesystem::is_empty(present))
      return remove_tree(present);
    make_private_folder(aside_);
    sync_folder(state_dir_);
    before_each_();
    rename_durably(present, aside_ / name);
  }

  std::filesystem::path state_dir_;
  std::filesystem::path aside_;
  const std::function<void()>& before_each_;
};

}  // namespace

std::filesystem::path staging_of(const std::filesystem::path& state_dir) {
  return state_dir / staging_name;
}

void decide_restore(const std::filesystem::path& state_dir, const std::string& aside) {
  write_text(state_dir / decision_name, aside);
}

bool is_half_restored(const std::filesystem::path& state_dir) {
  return bool(open_if_there(state_dir / decision_name));
}

std::optional<std::filesystem::path> finish_restore(const std::filesystem::path& state_dir,
                                                    const std::function<void()>& before_each) {
  if (!is_half_restored(state_dir)) {
    remove_tree(staging_of(state_dir));
    return std::nullopt;
  }
  const auto aside =
      state_dir / std::filesystem::path(read_text(state_dir / decision_name)).filename();
  switching(state_dir, aside, before_each).run();
  before_each();
  remove_tree(state_dir / decision_name);
  sync_folder(state_dir);
  before_each();
  remove_tree(staging_of(state_dir));
  if (!std::filesystem::exists(aside)) return std::nullopt;
  return aside;
}

}  // namespace sluice::backup
