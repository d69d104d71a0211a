// The switch from one state to another, cut short at every step.
#include "runtime/backup/switch.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>

#include "runtime/backup/files.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

struct power_cut {};

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& at : fs::recursive_directory_iterator(folder))
    if (at.is_regular_file())
      files[fs::relative(at.path(), folder).string()] = backup::read_text(at.path());
  return files;
}

const std::map<std::string, std::string> old_files{{"catalog.sqlite", "old"},
                                                   {"catalog.sqlite-wal", "old"},
                                                   {"catalog.sqlite-shm", "old"},
                                                   {"ledger/customers/current", "old"},
                                                   {"rows/customers/run.jsonl", "log"}};
const std::map<std::string, std::string> new_files{{"catalog.sqlite", "new"},
                                                   {"ledger/customers/current", "new"},
                                                   {"ledger/orders/current", "new"}};

void stage(const fs::path& state) {
  for (const auto& [name, text] : old_files) write(state / name, text);
  for (const auto& [name, text] : new_files) write(backup::staging_of(state) / name, text);
}

}  // namespace

TEST_CASE("a restore that was not decided leaves no trace") {
  test::temp_dir dir;
  stage(dir.path());
  CHECK_FALSE(backup::is_half_restored(dir.path()));
  CHECK_FALSE(backup::finish_restore(dir.path()));
  CHECK(files_in(dir.path()) == old_files);
}

TEST_CASE("a restore that was decided is completed however often it is cut short") {
  auto expected = new_files;
  expected["rows/customers/run.jsonl"] = "log";
  for (const auto& [name, text] : old_files)
    if (!name.starts_with("rows")) expected["before/" + name] = text;
  int cuts = 0;
  for (int step = 0;; ++step) {
    test::temp_dir dir;
    stage(dir.path());
    backup::decide_restore(dir.path(), "before");
    int left = step;
    const auto cut_at = [&] {
      if (left-- == 0) throw power_cut{};
    };
    bool was_cut = false;
    try {
      backup::finish_restore(dir.path(), cut_at);
    } catch (const power_cut&) {
      was_cut = true;
    }
    backup::finish_restore(dir.path());
    CHECK_FALSE(backup::is_half_restored(dir.path()));
    CHECK(files_in(dir.path()) == expected);
    if (!was_cut) break;
    ++cuts;
  }
  CHECK(cuts > 10);
}
