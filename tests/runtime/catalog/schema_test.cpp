#include "runtime/catalog/schema.hpp"

#include <doctest/doctest.h>

#include <array>

#include "messages/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using catalog::database;
using catalog::migrate;
using catalog::migration;

namespace {

constexpr std::array<std::string_view, 2> first{"CREATE TABLE a (x INTEGER)",
                                                "INSERT INTO a VALUES (1)"};
constexpr std::array<std::string_view, 1> second{"ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 2"};
constexpr std::array<std::string_view, 2> broken{"CREATE TABLE b (x INTEGER)", "CREATE NONSENSE"};

struct schema_fixture {
  test::temp_dir dir;
  database db{dir.path() / "catalog.sqlite"};

  std::string version() { return db.query("PRAGMA user_version").at(0).at(0).value(); }
};

error error_of(database& db, std::span<const migration> steps) {
  try {
    migrate(db, steps);
  } catch (const failure& e) {
    return e.info();
  }
  return {};
}

}  // namespace

TEST_CASE_FIXTURE(schema_fixture,
                  "a database goes through the steps it lacks and through each once") {
  const std::array<migration, 1> old_steps{first};
  migrate(db, old_steps);
  CHECK(version() == "1");
  const std::array<migration, 2> new_steps{first, second};
  migrate(db, new_steps);
  migrate(db, new_steps);
  CHECK(version() == "2");
  CHECK(db.query("SELECT x, y FROM a") == std::vector<catalog::sql_row>{{"1", "2"}});
}

TEST_CASE_FIXTURE(schema_fixture, "a step that fails leaves the version before it whole") {
  const std::array<migration, 2> steps{first, broken};
  const auto e = error_of(db, steps);
  CHECK(e.code == errc::catalog_failed);
  CHECK(e.operation == "migrate catalog to version 2");
  CHECK(version() == "1");
  CHECK(db.query("SELECT name FROM sqlite_master") == std::vector<catalog::sql_row>{{"a"}});
}

TEST_CASE_FIXTURE(schema_fixture, "a newer version is refused and both versions are named") {
  const std::array<migration, 2> newer{first, second};
  migrate(db, newer);
  const std::array<migration, 1> older{first};
  const auto e = error_of(db, older);
  CHECK(e.code == errc::catalog_failed);
  CHECK(e.cause.find("version 2") != std::string::npos);
  CHECK(e.cause.find("knows 1") != std::string::npos);
  CHECK(e.hint.find("newer sluice") != std::string::npos);
  CHECK(version() == "2");
}

TEST_CASE_FIXTURE(schema_fixture, "a database of something else is refused and left alone") {
  db.execute("CREATE TABLE invoices (x INTEGER)");
  const auto e = error_of(db, catalog::migrations());
  CHECK(e.code == errc::catalog_failed);
  CHECK(e.cause.find("something else") != std::string::npos);
  CHECK(db.query("SELECT name FROM sqlite_master") == std::vector<catalog::sql_row>{{"invoices"}});
}
