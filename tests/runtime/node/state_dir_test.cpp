#include "runtime/node/state_dir.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "messages/error.hpp"
#include "runtime/backup/switch.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;

TEST_CASE("a state directory is created for its owner only") {
  test::temp_dir dir;
  const node::state_dir state(dir.path() / "deep" / "state");
  struct stat info {};
  REQUIRE(::stat(state.path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("a state directory in use is refused and the holder is named") {
  test::temp_dir dir;
  const node::state_dir first(dir.path() / "state");
  const auto e = test::refused([&] { node::state_dir second(dir.path() / "state"); });
  CHECK(e.code == errc::state_locked);
  CHECK(e.cause.find(std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("a state directory in use is refused though its lock file is gone") {
  test::temp_dir dir;
  const node::state_dir first(dir.path() / "state");
  std::filesystem::remove(dir.path() / "state" / "lock");
  const auto e = test::refused([&] { node::state_dir second(dir.path() / "state"); });
  CHECK(e.code == errc::state_locked);
  std::ofstream(dir.path() / "state" / "lock") << "another one";
  CHECK(test::refused([&] { node::state_dir second(dir.path() / "state"); }).code ==
        errc::state_locked);
}

TEST_CASE("a state directory that is taken away is noticed, and that it is back") {
  test::temp_dir dir;
  const auto path = dir.path() / "state";
  node::state_dir state(path);
  std::ofstream(state.catalog_file()) << "catalog";
  state.catalog_is_open();
  CHECK_FALSE(state.look());

  std::filesystem::rename(path, dir.path() / "away");
  CHECK(state.look().object == path.string());
  std::filesystem::create_directory(path);
  CHECK(state.look().object == path.string());
  std::filesystem::remove(path);
  std::filesystem::rename(dir.path() / "away", path);
  CHECK_FALSE(state.look());

  std::filesystem::rename(state.catalog_file(), path / "moved");
  CHECK(state.look().object == state.catalog_file().string());
  std::filesystem::rename(path / "moved", state.catalog_file());
  CHECK_FALSE(state.look());

  std::filesystem::remove(path / "lock");
  CHECK(state.look().code == errc::state_locked);
}

TEST_CASE("opening a state directory completes a restore that was cut short") {
  test::temp_dir dir;
  const auto path = dir.path() / "state";
  std::filesystem::create_directories(backup::staging_of(path) / "ledger");
  std::ofstream(backup::staging_of(path) / "catalog.sqlite") << "new";
  backup::decide_restore(path, "before");
  const node::state_dir state(path);
  CHECK(std::filesystem::file_size(state.catalog_file()) == 3);
  CHECK_FALSE(backup::is_half_restored(path));
}

TEST_CASE("a state directory is free again when its holder is gone") {
  test::temp_dir dir;
  { const node::state_dir first(dir.path() / "state"); }
  const node::state_dir second(dir.path() / "state");
  CHECK(second.path() == dir.path() / "state");
}

TEST_CASE("a file in place of the state directory is a clear error") {
  test::temp_dir dir;
  std::ofstream(dir.path() / "state") << "not a directory";
  const auto e = test::refused([&] { node::state_dir state(dir.path() / "state"); });
  CHECK(e.code == errc::ledger_failed);
  CHECK(e.text().find("not a directory") != std::string::npos);
}

TEST_CASE("whether a state directory could be used is told without making it") {
  test::temp_dir dir;
  node::check_state_dir(dir.path() / "deep" / "state");
  CHECK_FALSE(std::filesystem::exists(dir.path() / "deep"));
  const node::state_dir used(dir.path() / "state");
  node::check_state_dir(dir.path() / "state");  // in use, which is no matter
  std::ofstream(dir.path() / "file") << "x";
  CHECK(test::refused([&] {
          node::check_state_dir(dir.path() / "file");
        }).cause.find("not a directory") != std::string::npos);
}

TEST_CASE("a state directory that others own or a read-only disk holds is refused") {
  test::temp_dir dir;
  const auto path = dir.path() / "state";
  std::filesystem::create_directories(path / "ledger");
  std::filesystem::permissions(dir.path(), std::filesystem::perms::all);
  std::filesystem::permissions(path, std::filesystem::perms::all);
  std::filesystem::permissions(path / "ledger", std::filesystem::perms::owner_read |
                                                    std::filesystem::perms::owner_exec |
                                                    std::filesystem::perms::others_read);
  const bool root = ::geteuid() == 0;  // who may write anything
  constexpr uid_t nobody = 65534;
  if (root) REQUIRE(::seteuid(nobody) == 0);
  const auto e = test::refused([&] { node::check_state_dir(path); });
  if (root) REQUIRE(::seteuid(0) == 0);
  std::filesystem::permissions(path / "ledger", std::filesystem::perms::owner_all);
  CHECK(e.code == errc::ledger_failed);
  CHECK(e.object == (path / "ledger").string());
  CHECK(e.cause.find("cannot be written") != std::string::npos);
}

TEST_CASE("what a killed node left in the scratch directory is removed at the next start") {
  test::temp_dir dir;
  {
    const node::state_dir first(dir.path() / "state");
    std::ofstream(first.scratch_dir() / "left-over") << "x";
  }
  const node::state_dir second(dir.path() / "state");
  CHECK(std::filesystem::is_empty(second.scratch_dir()));
}
