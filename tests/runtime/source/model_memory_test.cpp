// Memory does not grow with the source: the same growth for a small table and a large one.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

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
