// Memory does not grow with the source: the same growth for a small table and a large one.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;

namespace {

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// 300,000 rows of about 120 bytes, then a few of 1 MB.
std::string model(product kind) {
  switch (kind) {
    case product::postgresql:
      return "SELECT i AS id, repeat('a', 100) AS s, i / 7.0 AS n FROM generate_series(1, 300000) "
             "AS "
             "g(i) UNION ALL SELECT i, repeat('b', 1000000), 1 FROM generate_series(1, 40) AS g(i)";
    case product::mariadb:
      return "SELECT seq AS id, repeat('a', 100) AS s, seq / 7.0 AS n FROM seq_1_to_300000 UNION "
             "ALL "
             "SELECT seq, repeat('b', 1000000), 1 FROM seq_1_to_40";
    default:
      return "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 300000) "
             "SELECT i AS id, hex(zeroblob(50)) AS s, i / 7.0 AS n FROM g UNION ALL SELECT i, "
             "hex(zeroblob(500000)), 1 FROM (SELECT i FROM g LIMIT 40)";
  }
}

}  // namespace

TEST_CASE("a pass over 300000 rows grows the process by less than 80 MB") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto reader = source::open_model("test", query_source(database, model(kind)), {});
    reader->begin({0, 1, 2});
    REQUIRE(reader->next() == source::read_result::row);
    const auto before = resident_bytes();
    std::size_t peak = before, rows = 1;
    for (auto r = reader->next(); r != source::read_result::end; r = reader->next()) {
      if (++rows % 1000 == 0 || rows > 300'000) peak = std::max(peak, resident_bytes());
    }
    CHECK(rows == 300'040);
    MESSAGE("grew by ", (peak - before) >> 20, " MB");
    CHECK(peak - before < (80u << 20));
  }
}

namespace {

/// Forgets the process's peak.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::size_t peak_bytes() {
  std::ifstream file("/proc/self/status");
  std::string word;
  std::size_t kilobytes = 0;
  while (file >> word)
    if (word == "VmHWM:") file >> kilobytes;
  return kilobytes << 10;
}

/// `small` rows of 50 bytes, then 12 rows of 8 MiB, then as many small ones: id, text, bytes.
std::string uneven_rows(product kind, bool binary) {
  switch (kind) {
    case product::postgresql:
      return std::string(
                 "INSERT INTO t SELECT i, CASE WHEN large THEN repeat('x', 8388608) ELSE "
                 "repeat('a', 50) END") +
             (binary ? "::bytea" : "") +
             " FROM (SELECT i, i BETWEEN 1001 AND 1012 AS large FROM generate_series(1, 2000) "
             "AS "
             "i) AS s";
    case product::mariadb:
      return "INSERT INTO t SELECT seq, IF(seq BETWEEN 1001 AND 1012, REPEAT('x', 8388608), "
             "REPEAT('a', 50)) FROM seq_1_to_2000";
    default:
      return "INSERT INTO t WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i "
             "< "
             "2000) SELECT i, CASE WHEN i BETWEEN 1001 AND 1012 THEN " +
             std::string(binary ? "zeroblob(8388608)" : "hex(zeroblob(4194304))") + " ELSE " +
             (binary ? "zeroblob(50)" : "hex(zeroblob(25))") + " END FROM g";
  }
}

}  // namespace

TEST_CASE("rows of 8 MiB behind small ones take no more than a few of them") {
  for (const auto kind : every_database) {
    for (const bool binary : {false, true}) {
      CAPTURE(to_string(kind));
      CAPTURE(binary);
      const database_fixture database(kind);
      const std::string type = binary ? (kind == product::postgresql ? "bytea" : "LONGBLOB")
                                      : (kind == product::mariadb ? "LONGTEXT" : "text");
      database.run({"CREATE TABLE t (id INT PRIMARY KEY, v " + type + ")",
                    // Compressing them would take most of the time.
                    kind == product::postgresql ? "ALTER TABLE t ALTER v SET STORAGE EXTERNAL"
                                                : "DROP TABLE IF EXISTS none",
                    uneven_rows(kind, binary), "CREATE VIEW seen AS SELECT * FROM t"});
      for (const auto* table : {"t", "seen"}) {
        CAPTURE(table);
        const auto reader = source::open_model("test", table_source(database, table), {});
        reset_peak();
        const auto before = peak_bytes();
        reader->begin({0, 1});
        std::size_t rows = 0, large = 0, sum = 0;
        for (auto r = reader->next(); r != source::read_result::end; r = reader->next()) {
          CHECK(r == source::read_result::row);
          ++rows;
          large += reader->values()[1].bytes.size() == 8'388'608;
          sum += std::stoul(std::string(reader->values()[0].bytes));
        }
        CHECK(rows == 2'000);
        CHECK(large == 12);
        CHECK(sum == 2'000ul * 2'001 / 2);
        MESSAGE("grew by ", (peak_bytes() - before) >> 20, " MB");
        // Of a blob SQLite makes digits, in a text of which the driver keeps copies.
        const bool as_digits = kind == product::sqlite && binary;
        CHECK(peak_bytes() - before < (as_digits ? 200u << 20 : 80u << 20));
      }
    }
  }
}

TEST_CASE("a cell that is too large never crosses the wire") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    std::string value = "REPEAT('x', 150000000)", type = "LONGTEXT";
    if (kind == product::postgresql) type = "text";
    if (kind == product::sqlite) value = "zeroblob(150000000)";
    if (kind == product::mariadb) database.run({"SET GLOBAL max_allowed_packet = 1073741824"});
    database.run({"CREATE TABLE t (id INT PRIMARY KEY, v " + type + ", w " + type + ")",
                  "INSERT INTO t VALUES (1, 'a', 'b'), (2, " + value + ", 'c'), (3, 'd', 'e')"});
    const auto reader = source::open_model("test", table_source(database, "t"), {});
    reset_peak();
    const auto before = peak_bytes();
    std::size_t rows = 0;
    reader->begin({0, 1, 2});
    for (auto r = reader->next(); r != source::read_result::end; r = reader->next()) {
      ++rows;
      if (reader->values()[0].bytes != "2") {
        CHECK(r == source::read_result::row);
        continue;
      }
      CHECK(r == source::read_result::invalid_row);
      CHECK(reader->invalid_cells() == std::vector<std::size_t>{1});
      CHECK(reader->invalid_reason().starts_with("column 'v': the value is too large"));
      CHECK(reader->values()[2].bytes == "c");
    }
    CHECK(rows == 3);
    MESSAGE("grew by ", (peak_bytes() - before) >> 20, " MB");
    // SQLite has no wire: the library reads the cell, once. MariaDB sends what is cut off at 64
    // MiB.
    CHECK(peak_bytes() - before < (kind == product::sqlite ? 180u << 20 : 140u << 20));
  }
}

TEST_CASE("a row that is too large in sum is invalid and keeps what is small of it") {
  const database_fixture database(product::postgresql);
  database.run(
      {"CREATE TABLE t (id int PRIMARY KEY, a text, b bytea, c text, d text, j jsonb)",
       "INSERT INTO t VALUES (1, repeat('x', 60000000), repeat('y', 60000000)::bytea, 'c', "
       "repeat('\"', 40000000), '{}'), (2, 'a', 'b', 'c', 'd', '[]')"});
  const auto reader = source::open_model("test", table_source(database, "t"), {});
  reader->begin({0, 1, 2, 3, 4, 5});
  REQUIRE(reader->next() == source::read_result::row);
  REQUIRE(reader->next() == source::read_result::invalid_row);
  CHECK(reader->values()[0].bytes == "1");
  CHECK(reader->values()[3].bytes == "c");
  CHECK(reader->values()[5].bytes == "{}");
  CHECK(reader->invalid_cells() == std::vector<std::size_t>{1, 2, 4});
  CHECK(reader->next() == source::read_result::end);
}

TEST_CASE("a query that gives other rows when its large ones are read fails the pass") {
  const database_fixture database(product::postgresql);
  const auto reader = source::open_model(
      "test",
      query_source(
          database,
          "SELECT i AS id, repeat('x', CASE WHEN random() < 0.5 THEN 10 ELSE 100000 END) AS "
          "v FROM generate_series(1, 2000) AS i"),
      {});
  reader->begin({0, 1});
  CHECK_THROWS_WITH(
      [&] {
        while (reader->next() != source::read_result::end) continue;
      }(),
      doctest::Contains("gave other rows"));
}
