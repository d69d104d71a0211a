// Digests of real databases: they are those of the rows' hashes, and no two rows that would be read
// differently hash alike.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "messages/error.hpp"
#include "tests/runtime/source/read_model.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using source::bucket_of;
using source::bucket_set;
using source::row_hashes;

namespace {

constexpr product hashing_databases[] = {product::postgresql, product::mariadb};

config::source_config by_digest(config::source_config source,
                                std::vector<std::string> key = {"id"}) {
  source.key = std::move(key);
  source.by_digest = true;
  return source;
}

/// Hashes of all rows, by the first value.
std::map<std::string, row_hashes> hashes_of(source::model_reader& reader,
                                            std::optional<bucket_set> buckets = {}) {
  const auto wanted = all_columns(reader);
  reader.begin_digests(wanted);
  source::starting_point from;
  from.hashed = true;
  from.buckets = std::move(buckets);
  reader.begin(wanted, from);
  std::map<std::string, row_hashes> found;
  for (auto result = reader.next(); result != source::read_result::end; result = reader.next()) {
    REQUIRE(reader.hashes());
    CHECK(found.emplace(reader.values().at(0).bytes, *reader.hashes()).second);
  }
  return found;
}

std::vector<source::bucket_digest> digests_of(const source::model_reader& reader,
                                              const std::map<std::string, row_hashes>& rows,
                                              unsigned bits) {
  std::map<std::uint32_t, source::digest> by_bucket;
  for (const auto& [id, hashes] : rows)
    by_bucket[bucket_of(hashes.key, bits)].add(reader.combined_by(), hashes.row.value());
  std::vector<source::bucket_digest> out;
  out.reserve(by_bucket.size());
  for (const auto& [bucket, of] : by_bucket) out.push_back({bucket, of});
  return out;
}

/// A table of `rows` rows with a number, a text and a NULL here and there.
void make_spent_table(const database_fixture& database, int rows) {
  std::string values;
  for (int i = 1; i <= rows; ++i)
    values += std::string(i == 1 ? "" : ", ") + "(" + std::to_string(i) + ", 'name " +
              std::to_string(i % 7) + "', " + (i % 5 == 0 ? "NULL" : std::to_string(i) + ".50") +
              ")";
  database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(40), spent NUMERIC(10,2))",
                "INSERT INTO t VALUES " + values});
}

}  // namespace

TEST_CASE("digests are those of the rows' hashes at every fineness, of tables and queries") {
  for (const auto kind : hashing_databases) {
    const database_fixture database(kind);
    make_spent_table(database, 500);
    const auto filtered = [&] {
      auto source = table_source(database, "t");
      source.where = "id > 0";
      return source;
    };
    for (const auto& source : {table_source(database, "t"), filtered(),
                               query_source(database, "SELECT * FROM t -- all of it")}) {
      CAPTURE(to_string(kind));
      CAPTURE(source.query.value_or("table"));
      const auto reader = source::open_model("test", by_digest(source), {});
      const auto rows = hashes_of(*reader);
      REQUIRE(rows.size() == 500);
      reader->begin_digests(all_columns(*reader));
      for (const unsigned bits : {0u, 4u, 7u, 20u})
        CHECK(reader->digests(bits, {}) == digests_of(*reader, rows, bits));

      const bucket_set some{3, {1, 6}};
      auto inside = rows;
      std::erase_if(inside, [&](const auto& row) {
        const auto bucket = bucket_of(row.second.key, some.bits);
        return bucket != 1 && bucket != 6;
      });
      CHECK(reader->digests(9, some) == digests_of(*reader, inside, 9));
      const auto fetched = reader->so_far();
      CHECK(fetched.rows > 500);
      CHECK(fetched.bytes > fetched.rows);
      CHECK(hashes_of(*reader, some) == inside);
    }
  }
}

TEST_CASE("rows are read in the snapshot of their digests") {
  for (const auto kind : hashing_databases) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_spent_table(database, 50);
    const auto reader = source::open_model("test", by_digest(table_source(database, "t")), {});
    const auto wanted = all_columns(*reader);
    reader->begin_digests(wanted);
    const auto before = reader->digests(0, {});
    database.run({"UPDATE t SET name = 'changed'", "DELETE FROM t WHERE id = 7"});
    CHECK(reader->digests(0, {}) == before);
    source::starting_point from;
    from.hashed = true;
    reader->begin(wanted, from);
    std::size_t rows = 0;
    for (; reader->next() == source::read_result::row; ++rows)
      CHECK(reader->values().at(1).bytes != "changed");
    CHECK(rows == 50);
    // The next pass of the same reader sees what there is now.
    reader->begin_digests(wanted);
    CHECK(reader->digests(0, {}) != before);
  }
}

TEST_CASE("an empty table has the digest of nothing") {
  for (const auto kind : hashing_databases) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id INT PRIMARY KEY)"});
    const auto reader = source::open_model("test", by_digest(table_source(database, "t")), {});
    reader->begin_digests(all_columns(*reader));
    CHECK(reader->digests(0, {}) == std::vector<source::bucket_digest>{{}});
    CHECK(reader->digests(8, {}).empty());
  }
}

TEST_CASE("rows that swap values have another digest") {
  for (const auto kind : hashing_databases) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9))",
                  "INSERT INTO t VALUES (1, 'x', 'y'), (2, 'y', 'x')"});
    const auto reader = source::open_model("test", by_digest(table_source(database, "t")), {});
    const auto digest = [&] {
      reader->begin_digests(all_columns(*reader));
      return reader->digests(0, {});
    };
    const auto before = digest();
    database.run({"UPDATE t SET a = b, b = a WHERE 1 = 0", "DELETE FROM t",
                  "INSERT INTO t VALUES (1, 'y', 'y'), (2, 'x', 'x')"});
    CHECK(digest() != before);
    database.run({"DELETE FROM t", "INSERT INTO t VALUES (1, 'y', 'x'), (2, 'x', 'y')"});
    CHECK(digest() != before);
    database.run({"DELETE FROM t", "INSERT INTO t VALUES (1, 'x', 'y'), (2, 'y', 'x')"});
    CHECK(digest() == before);
  }
}

TEST_CASE("NULL, nothing and the border between two values are told apart") {
  for (const auto kind : hashing_databases) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9), c INT)",
                  "INSERT INTO t VALUES (1, NULL, '', 0), (2, '', NULL, 0), (3, '', '', 0),"
                  " (4, NULL, NULL, 0), (5, 'a', 'bc', 0), (6, 'ab', 'c', 0), (7, '~', '', 0),"
                  " (8, ',', '', 0), (9, '', ',', 0), (10, '0:,0:', '', 0), (11, '', '', NULL)"});
    // The id has no part in the hashes of these rows.
    const auto reader = source::open_model(
        "test", by_digest(query_source(database, "SELECT id, a, b, c, 1 AS k FROM t"), {"k"}), {});
    const std::vector<std::size_t> wanted{1, 2, 3};
    reader->begin_digests(wanted);
    source::starting_point from;
    from.hashed = true;
    reader->begin(wanted, from);
    std::set<hash128> seen;
    while (reader->next() != source::read_result::end)
      CHECK(seen.insert(reader->hashes().value().row.value()).second);
    CHECK(seen.size() == 11);
  }
}

TEST_CASE("values that a database takes for equal and that are read differently hash differently") {
  const auto check = [](product kind, const std::string& type,
                        const std::vector<std::string>& values) {
    CAPTURE(to_string(kind));
    CAPTURE(type);
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id INT PRIMARY KEY, v " + type + ")"});
    for (std::size_t i = 0; i < values.size(); ++i)
      database.run({"INSERT INTO t VALUES (" + std::to_string(i) + ", " + values[i] + ")"});
    const auto reader = source::open_model(
        "test", by_digest(query_source(database, "SELECT v, 1 AS k FROM t"), {"k"}), {});
    const std::vector<std::size_t> wanted{0};
    reader->begin_digests(wanted);
    source::starting_point from;
    from.hashed = true;
    reader->begin(wanted, from);
    std::map<std::string, std::set<hash128>> by_value;
    while (reader->next() != source::read_result::end)
      by_value[std::string(reader->values().at(0).bytes)].insert(
          reader->hashes().value().row.value());
    std::set<hash128> all;
    for (const auto& [value, hashes] : by_value)
      for (const auto& hash : hashes) CHECK(all.insert(hash).second);
    CHECK(all.size() == values.size());
  };
  check(product::postgresql, "bigint", {"0", "4294967297", "1", "-1", "4294967296"});
  check(product::postgresql, "numeric", {"1", "1.0", "1.00", "'NaN'", "-1"});
  check(product::postgresql, "float8", {"0", "'-0'", "'NaN'", "'Infinity'"});
  check(product::postgresql, "jsonb", {"'{\"a\": 1.0}'", "'{\"a\": 1.00}'"});
  check(product::postgresql, "varchar(9)", {"'a'", "'a '", "'A'"});
  check(product::postgresql, "text COLLATE \"C\"", {"'a'", "'a '", "'A'", "''"});
  check(product::postgresql, "timestamptz",
        {"'2024-01-01 00:00+00'", "'2024-01-01 00:00+01'", "'infinity'"});
  check(product::postgresql, "int[]", {"'{1,2}'", "'{1,NULL}'", "'{}'"});
  check(product::postgresql, "interval", {"'1 day'", "'24 hours'"});
  check(product::mariadb, "VARCHAR(9) COLLATE utf8mb4_general_ci",
        {"'a'", "'a '", "'A'", "'\xC3\xA4'"});
  check(product::mariadb, "VARCHAR(9) CHARACTER SET latin1", {"'a'", "'\xC3\xA4'", "''"});
  check(product::mariadb, "BIGINT UNSIGNED", {"0", "18446744073709551615", "4294967296"});
  check(product::mariadb, "DOUBLE", {"0.1", "0.1 + 0.2e0", "0.3e0", "1e300"});
  check(product::mariadb, "FLOAT", {"0.1", "16777216", "0.3"});
  check(product::mariadb, "VARBINARY(9)", {"X'00'", "X'0000'", "X''", "X'FF'"});
  check(product::mariadb, "DATETIME(6)", {"'2024-01-01'", "'2024-01-01 00:00:00.000001'"});
  check(product::mariadb, "BIT(3)", {"b'0'", "b'1'", "b'101'"});
  check(product::mariadb, "POINT", {"POINT(1, 2)", "POINT(2, 1)", "NULL"});
  check(product::mariadb, "VARCHAR(9)", {"'NULL'", "NULL", "''", "'\\''", "'\\\\'", "'~'"});
  check(product::mariadb, "YEAR", {"1970", "2000", "0"});
  check(product::mariadb, "INT(5) ZEROFILL", {"0", "10", "100000"});
  check(product::mariadb, "TIME(3)", {"'-00:00:01'", "'00:00:01'", "'00:00:01.001'"});
  check(product::mariadb, "INET6", {"'::1'", "'::ffff:1.2.3.4'"});
}

TEST_CASE("MariaDB has no hash of a row with a text of more than max_allowed_packet bytes") {
  const database_fixture database(product::mariadb);
  // As long as the text may be, but not with its quotes in front of each of its quotes.
  const auto reader = source::open_model(
      "test",
      by_digest(query_source(
          database, "SELECT 1 AS id, REPEAT(CHAR(39), @@max_allowed_packet DIV 2 + 1) AS v")),
      {});
  reader->begin_digests(all_columns(*reader));
  CHECK(reader->digests(0, {}) == std::vector<source::bucket_digest>{{0, {1, 1, {}}}});
}

TEST_CASE("hashes are the same in every session, and their terms name what they are made of") {
  for (const auto kind : hashing_databases) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_spent_table(database, 20);
    const auto source = by_digest(table_source(database, "t"));
    const auto one = source::open_model("test", source, {});
    const auto other = source::open_model("test", source, {});
    CHECK(hashes_of(*one) == hashes_of(*other));
    const auto terms = one->begin_digests(all_columns(*one));
    CHECK(terms == other->begin_digests(all_columns(*other)));
    CHECK(terms != one->begin_digests({0, 1}));
    database.run({kind == product::mariadb ? "ALTER TABLE t MODIFY spent VARCHAR(20)"
                                           : "ALTER TABLE t ALTER spent TYPE varchar(20)"});
    const auto retyped = source::open_model("test", source, {});
    CHECK(terms != retyped->begin_digests(all_columns(*retyped)));
  }
}

TEST_CASE("a database without a hash of its own is refused with a hint") {
  const database_fixture database(product::sqlite);
  database.run({"CREATE TABLE t (id INTEGER PRIMARY KEY)"});
  try {
    source::open_model("test", by_digest(table_source(database, "t")), {});
    FAIL("no failure");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::source_failed);
    CHECK(e.info().cause.find("no hash of its own") != std::string::npos);
    CHECK(e.info().hint.find("\"change_detection\": \"snapshot\"") != std::string::npos);
  }
}
