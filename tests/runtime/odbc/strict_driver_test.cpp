// Drivers that nobody has measured may insist on what ODBC lets them: see
// tests/support/strict_driver.
#include <doctest/doctest.h>

#include "runtime/odbc/connection.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::odbc;

namespace {

/// A new database file behind the strict driver.
class strict_database {
 public:
  [[nodiscard]] connection connect() const {
    return connection(
        {.connection_string = std::string("Driver=" SLUICE_STRICT_DRIVER ";BigInt=1;Database=") +
                              (directory_.path() / "strict.db").string(),
         .use = purpose::write});
  }

 private:
  test::temp_dir directory_;
};

}  // namespace

TEST_CASE("a statement without a result is closed before it runs again") {
  const strict_database database;
  auto connection = database.connect();
  CHECK(connection.kind() == product::generic);
  connection.execute("CREATE TABLE t (a INTEGER)");
  auto insert = connection.prepare("INSERT INTO t VALUES (?)");
  connection.begin();
  for (const auto* value : {"1", "2", "3"}) {
    insert.bind(0, {value_kind::integer, value});
    CHECK_NOTHROW(insert.execute());
  }
  connection.commit();
  CHECK(connection.query("SELECT count(*) FROM t")[0][0] == "3");
}

TEST_CASE("long cells come whole from a driver that gets no bound columns and none backwards") {
  const strict_database database;
  auto connection = database.connect();
  connection.execute("CREATE TABLE t (a TEXT, b BLOB, c TEXT, d TEXT)");
  const auto text = [](std::size_t size, char first) {
    std::string made;
    for (std::size_t i = 0; i < size; ++i)
      made.push_back(static_cast<char>(first + static_cast<char>(i % 23)));
    return made;
  };
  const std::size_t sizes[] = {0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 100'000};
  auto insert = connection.prepare("INSERT INTO t VALUES (?, ?, ?, NULL)");
  for (const auto size : sizes) {
    const auto a = text(size, 'a'), b = text(size, '\x7f'), c = text(size, 'A');
    insert.bind(0, {value_kind::text, a});
    insert.bind(1, {value_kind::binary, b});
    insert.bind(2, {value_kind::text, c});
    insert.execute();
  }
  auto cursor = connection.open_cursor("SELECT a, b, c, d FROM t ORDER BY rowid");
  for (const auto size : sizes) {
    CAPTURE(size);
    REQUIRE(cursor.fetch());
    CHECK((cursor.cell(2) == text(size, 'A')));
    CHECK((cursor.cell(1) == text(size, '\x7f')));
    CHECK((cursor.cell(0) == text(size, 'a')));
    CHECK(cursor.cell(3) == std::nullopt);
  }
  CHECK_FALSE(cursor.fetch());
}

TEST_CASE("a cell past the limit is an error of its row from such a driver, too") {
  const strict_database database;
  auto connection = database.connect();
  connection.execute("CREATE TABLE t (a BLOB, b TEXT)");
  connection.execute("INSERT INTO t VALUES (zeroblob(100000), 'x'), (x'01', 'y')");
  auto cursor = connection.open_cursor("SELECT a, b FROM t ORDER BY rowid", 50'000);
  REQUIRE(cursor.fetch());
  CHECK_THROWS_AS((void)cursor.cell(0), odbc_error);
  CHECK(cursor.cell(1) == "x");
  REQUIRE(cursor.fetch());
  CHECK(cursor.cell(0) == "\x01");
  CHECK(cursor.cell(1) == "y");
}
