#include "runtime/catalog/copy.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "messages/error.hpp"
#include "tests/runtime/catalog/catalog_fixture.hpp"

using namespace sluice;
using test::at_second;
using test::catalog_fixture;

TEST_CASE_FIXTURE(catalog_fixture, "a copy of a catalog in use is what it held, for its owner") {
  auto in_use = open();
  in_use.open_run(new_run(1), memory_of());
  test::temp_dir to;
  const auto file = to.path() / "catalog.sqlite";
  catalog::copy_catalog({.from = dir.path() / "catalog.sqlite", .to = file});
  in_use.open_run(new_run(2, "orders"), memory_of("orders"));  // nothing was locked
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  catalog::catalog copy(to.path(), at_second(99));
  const auto all = copy.load_all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].last_run->state == run_state::interrupted);
}

TEST_CASE_FIXTURE(catalog_fixture, "a catalog that was put back says so of every connection") {
  {
    auto catalog = open();
    catalog.save(memory_of());
    catalog.save(memory_of("orders"));
  }
  catalog::note_restored(dir.path() / "catalog.sqlite", at_second(5));
  CHECK_FALSE(std::filesystem::exists(dir.path() / "catalog.sqlite-wal"));
  for (const auto& entry : open().load_all()) CHECK(entry.memory.ledger.copied_at == at_second(5));
}

TEST_CASE_FIXTURE(catalog_fixture, "a damaged catalog is not copied") {
  open().save(memory_of());
  const auto file = dir.path() / "catalog.sqlite";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  test::temp_dir to;
  CHECK_THROWS_AS(catalog::copy_catalog({.from = file, .to = to.path() / "copy"}), failure);
}
