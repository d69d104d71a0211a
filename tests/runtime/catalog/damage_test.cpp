// Catalogs that cannot be used: the error says why and what to do, and nothing is overwritten.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "runtime/catalog/catalog.hpp"
#include "tests/runtime/catalog/catalog_fixture.hpp"

using namespace sluice;
using test::catalog_fixture;

namespace {

struct damage_fixture : catalog_fixture {
  std::filesystem::path file = dir.path() / "catalog.sqlite";

  /// Opens the catalog and reads it; the error, or none.
  error error_of_opening() {
    try {
      open().load_all();
    } catch (const failure& e) {
      return e.info();
    }
    return {};
  }

  void fill(int runs) {
    auto catalog = open();
    for (int i = 0; i < runs; ++i) {
      auto run = new_run(i);
      run.warnings = {std::string(2000, 'w')};
      catalog.open_run(run, memory_of());
      catalog.close_run(ended(run), memory_of(), settled_rows::all);
    }
  }

  /// Overwrites bytes in the middle of the file.
  void overwrite(std::streamoff at, const std::string& bytes) const {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(at);
    f.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    REQUIRE(f.good());
  }
  [[nodiscard]] std::string content() const {
    std::ifstream f(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(f), {}};
  }
};

/// While it lives, no file of this process grows past `bytes`: stands in for a full disk.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    signal_before_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_before_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  rlimit before_{};
  void (*signal_before_)(int) = nullptr;
};

}  // namespace

TEST_CASE_FIXTURE(damage_fixture, "a file that is no database is refused and left as it is") {
  std::ofstream(file) << std::string(10'000, 'x');
  const auto e = error_of_opening();
  CHECK(e.code == errc::catalog_failed);
  CHECK(e.object == file.string());
  CHECK(contains(e.cause, "not a database"));
  CHECK(contains(e.hint, "restore it from a backup"));
  CHECK(content() == std::string(10'000, 'x'));
}

TEST_CASE_FIXTURE(damage_fixture, "a database with damaged pages is refused") {
  fill(50);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file));
  REQUIRE(size > 100'000);
  for (std::streamoff at = 8192; at < size; at += 8192) overwrite(at, std::string(64, '\xa5'));
  const auto e = error_of_opening();
  CHECK(e.code == errc::catalog_failed);
  CHECK(contains(e.hint, "restore it from a backup"));
}

TEST_CASE_FIXTURE(damage_fixture, "a database that was cut off is refused") {
  fill(50);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto e = error_of_opening();
  CHECK(e.code == errc::catalog_failed);
  CHECK(contains(e.hint, "restore it from a backup"));
}

TEST_CASE_FIXTURE(damage_fixture, "a word that Sluice does not write is refused by its column") {
  fill(1);
  catalog::database(file).execute("UPDATE runs SET state = 'dreaming'");
  const auto e = error_of_opening();
  CHECK(e.code == errc::catalog_failed);
  CHECK(e.object == "state");
}

TEST_CASE_FIXTURE(damage_fixture, "a newer catalog is refused") {
  fill(1);
  catalog::database(file).execute("PRAGMA user_version = 99");
  const auto e = error_of_opening();
  CHECK(e.code == errc::catalog_failed);
  CHECK(contains(e.cause, "version 99"));
}

TEST_CASE_FIXTURE(damage_fixture, "a directory in the file's place is refused") {
  std::filesystem::create_directory(file);
  const auto e = error_of_opening();
  CHECK(e.code == errc::catalog_failed);
  CHECK(e.object == file.string());
}

TEST_CASE("a state directory that does not exist is refused") {
  try {
    catalog::catalog("/nonexistent/state", {});
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::catalog_failed);
    CHECK(e.info().object == "/nonexistent/state/catalog.sqlite");
    CHECK(contains(e.info().hint, "writable"));
  }
}

TEST_CASE("a path that a connection string cannot hold is refused") {
  test::temp_dir dir;
  const auto odd = dir.path() / "a;b";
  std::filesystem::create_directory(odd);
  try {
    catalog::catalog(odd, {});
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::catalog_failed);
    CHECK(contains(e.info().cause, "semicolon"));
  }
}

TEST_CASE_FIXTURE(damage_fixture, "a path with blanks and braces and a percent sign works") {
  const auto odd = dir.path() / "a {b} c%20 'd'";
  std::filesystem::create_directory(odd);
  catalog::catalog(odd, {}).open_run(new_run(1), memory_of());
  CHECK(catalog::catalog(odd, {}).list_runs("customers", {.limit = 1}).runs.size() == 1);
  CHECK(std::filesystem::exists(odd / "catalog.sqlite"));
}

TEST_CASE_FIXTURE(damage_fixture, "a lock held by another process is named") {
  fill(1);
  odbc::connect_options options;
  options.connection_string = "Driver=SQLite3;Database=" + file.string();
  options.use = odbc::purpose::write;
  odbc::connection other(options);
  other.begin();
  const auto e = error_of_opening();
  CHECK(e.code == errc::catalog_failed);
  CHECK(contains(e.hint, "another process"));
}

TEST_CASE_FIXTURE(damage_fixture, "a full disk is named and what was recorded before it stays") {
  auto catalog = open();
  catalog.open_run(new_run(1), memory_of());
  auto wide = ended(new_run(1));
  wide.warnings = {std::string(1'000'000, 'w')};
  {
    const file_size_limit limit(200'000);
    try {
      catalog.close_run(wide, memory_of(), settled_rows::all);
      FAIL("no error");
    } catch (const failure& e) {
      CHECK(e.info().code == errc::catalog_failed);
      CHECK(contains(e.info().hint, "free space"));
    }
    CHECK(catalog.find_run("customers", new_run(1).run) == new_run(1));
  }
  catalog.close_run(wide, memory_of(), settled_rows::all);
  CHECK(catalog.find_run("customers", new_run(1).run) == wide);
}
