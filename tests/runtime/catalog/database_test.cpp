#include "runtime/catalog/database.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

#include "messages/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using catalog::database;
using catalog::sql_row;

namespace {

struct database_fixture {
  test::temp_dir dir;
  database db{dir.path() / "catalog.sqlite"};

  std::string pragma(const std::string& name) {
    return db.query("PRAGMA " + name).at(0).at(0).value();
  }
};

}  // namespace

TEST_CASE_FIXTURE(database_fixture, "what is committed survives a power cut") {
  CHECK(pragma("journal_mode") == "wal");
  CHECK(pragma("synchronous") ==
        "3");  // EXTRA: FULL, which syncs the journal at every commit, and more
  CHECK(pragma("foreign_keys") == "1");
}

TEST_CASE_FIXTURE(database_fixture, "nothing is written into a file that was taken away") {
  const auto write = [&] {
    db.transaction("write", [&] { db.execute("CREATE TABLE IF NOT EXISTS t (x)"); });
  };
  write();
  for (const std::string part : {"", "-wal"}) {
    CAPTURE(part);
    const auto file = std::filesystem::path(db.file()) += part;
    std::filesystem::rename(file, dir.path() / "moved");
    CHECK_THROWS_WITH_AS(write(), doctest::Contains("was removed or replaced"), failure);
    std::ofstream(file) << "another one";
    CHECK_THROWS_WITH_AS(write(), doctest::Contains(file.c_str()), failure);
    std::filesystem::rename(dir.path() / "moved", file);
    write();
  }
}

TEST_CASE_FIXTURE(database_fixture, "only the owner may read the file") {
  struct stat status {};
  REQUIRE(::stat(db.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE_FIXTURE(database_fixture, "values keep their types and NULL is not the empty text") {
  db.execute("CREATE TABLE t (x)");
  db.execute("INSERT INTO t VALUES (?), (?), (?), (?), (?)",
             {std::optional<std::string>(), "", "1", std::uint64_t{1},
              std::uint64_t{9'223'372'036'854'775'807}});
  CHECK(db.query("SELECT x, typeof(x) FROM t") ==
        std::vector<sql_row>{{std::nullopt, "null"},
                             {"", "text"},
                             {"1", "text"},
                             {"1", "integer"},
                             {"9223372036854775807", "integer"}});
}

TEST_CASE_FIXTURE(database_fixture, "a transaction that throws is undone and the next one works") {
  db.execute("CREATE TABLE t (x INTEGER)");
  CHECK_THROWS_AS(db.transaction("fail",
                                 [&] {
                                   db.execute("INSERT INTO t VALUES (?)", {std::uint64_t{1}});
                                   throw std::runtime_error("no");
                                 }),
                  std::runtime_error);
  CHECK(db.query("SELECT * FROM t").empty());
  db.transaction("work", [&] { db.execute("INSERT INTO t VALUES (?)", {std::uint64_t{2}}); });
  CHECK(db.query("SELECT * FROM t") == std::vector<sql_row>{{"2"}});
}

TEST_CASE_FIXTURE(database_fixture, "an error names the operation and the file and the cause") {
  try {
    db.transaction("count the stars", [&] { db.execute("SELECT * FROM stars"); });
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::catalog_failed);
    CHECK(e.info().operation == "count the stars");
    CHECK(e.info().object == db.file().string());
    CHECK(e.info().cause.find("stars") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(database_fixture, "a statement may be used again after it failed") {
  db.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)");
  const auto* insert = "INSERT INTO t VALUES (?)";
  db.execute(insert, {std::uint64_t{1}});
  CHECK_THROWS_AS(db.execute(insert, {std::uint64_t{1}}), failure);
  db.execute(insert, {std::uint64_t{2}});
  CHECK(db.query("SELECT count(*) FROM t") == std::vector<sql_row>{{"2"}});
}

TEST_CASE_FIXTURE(database_fixture, "a query that failed half-way does not spoil the next one") {
  db.execute("CREATE TABLE t (x)");
  db.execute("INSERT INTO t VALUES ('[1]'), ('[1')");
  const auto* query = "SELECT json_array_length(x), ? FROM t WHERE rowid <= ?";
  CHECK_THROWS_AS(db.query(query, {"p", std::uint64_t{2}}), failure);
  CHECK(db.query(query, {"p", std::uint64_t{1}}) == std::vector<sql_row>{{"1", "p"}});
}
