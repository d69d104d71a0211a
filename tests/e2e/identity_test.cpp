// Keys that are spelled otherwise and name the same row at the destination, driven by the real
// binary: one row is written and none is deleted that the source still has.
#include <doctest/doctest.h>

#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using nlohmann::json;
using odbc::product;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;

/// A mirror of PostgreSQL's table `s` into the table `t` of another database.
struct key_mirror {
  explicit key_mirror(product kind) : target(kind) {}

  void start(const json& changes = json::object()) {
    if (node.running()) REQUIRE(node.terminate() == 0);
    json config{
        {"source", {{"odbc", source.connection_string()}, {"table", "s"}, {"key", {"k"}}}},
        {"mode", "mirror"},
        {"max_delete_percent", 100},
        {"destination", {{"kind", "odbc"}, {"odbc", target.connection_string()}, {"table", "t"}}}};
    config.merge_patch(changes);
    node.connection("m", config);
    node.start();
  }

  [[nodiscard]] cells rows(const std::string& columns = "k, v") const {
    return target.connect().query("SELECT " + columns + " FROM t ORDER BY v");
  }

  test::database_fixture source{product::postgresql};
  test::database_fixture target;
  test::node_fixture node;
};

std::string number_of(product kind) {
  return kind == product::sqlite ? "NUMERIC" : "DECIMAL(12,2)";
}

}  // namespace

TEST_CASE("a number that is spelled otherwise is an update of its row, not a new one") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    key_mirror m(kind);
    m.source.run({"CREATE TABLE s(k numeric PRIMARY KEY, v int)",
                  "INSERT INTO s SELECT i, i FROM generate_series(1, 9) i"});
    m.target.run({"CREATE TABLE t(k " + number_of(kind) + " PRIMARY KEY, v INT)"});
    m.start();
    CHECK(m.node.sync("m")["inserts"] == 9);
    m.source.run({"UPDATE s SET k = k::numeric(12,2) WHERE k <= 4", "DELETE FROM s WHERE k = 9"});
    const auto run = m.node.sync("m");
    CHECK(run["inserts"] == 0);
    CHECK(run["updates"] == 4);
    CHECK(run["deletes"] == 1);
    CHECK(m.rows("v") == cells{{"1"}, {"2"}, {"3"}, {"4"}, {"5"}, {"6"}, {"7"}, {"8"}});
    CHECK(m.node.sync("m")["unchanged"] == 8);
    CHECK(m.node.terminate() == 0);
  }
}

TEST_CASE("a key column that gets another type keeps its rows") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    key_mirror m(kind);
    m.source.run({"CREATE TABLE s(k int PRIMARY KEY, v int)",
                  "INSERT INTO s SELECT i, i FROM generate_series(1, 9) i"});
    m.target.run({"CREATE TABLE t(k BIGINT PRIMARY KEY, v INT)"});
    m.start();
    m.node.sync("m");
    for (const auto* type : {"numeric", "text", "bigint", "float8"}) {
      CAPTURE(type);
      m.source.run(
          {std::string("ALTER TABLE s ALTER COLUMN k TYPE ") + type + " USING k::" + type});
      const auto run = m.node.sync("m");
      CHECK(run["inserts"] == 0);
      CHECK(run["deletes"] == 0);
      CHECK(m.rows().size() == 9);
    }
    CHECK(m.node.terminate() == 0);
  }
}

TEST_CASE("two texts that a column takes for one number are a row and an invalid row") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    key_mirror m(kind);
    m.source.run(
        {"CREATE TABLE s(k text PRIMARY KEY, v int)", "INSERT INTO s VALUES ('7', 1), ('8', 3)"});
    m.target.run({"CREATE TABLE t(k INT PRIMARY KEY, v INT)"});
    m.start();
    m.node.sync("m");
    m.source.run({"INSERT INTO s VALUES ('8.0', 2)"});
    const auto run = m.node.sync("m", {}, 7);
    CHECK(run["invalid"].get<int>() + run["rejected"].get<int>() == 1);
    CHECK(m.rows().size() == 2);
    m.source.run({"DELETE FROM s WHERE k = '8'"});
    m.node.sync("m");
    CHECK(m.rows() == cells{{"7", "1"}, {"8", "2"}});
    CHECK(m.node.terminate() == 0);
  }
}

TEST_CASE("a padded key is updated and deleted, whichever side pads it") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    for (const auto* collation :
         {"", " COLLATE utf8mb4_nopad_bin", " COLLATE utf8mb4_general_ci"}) {
      if (kind != product::mariadb && *collation != '\0') continue;
      for (const auto* type : {"char(5)", "text"}) {
        CAPTURE(to_string(kind));
        CAPTURE(collation);
        CAPTURE(type);
        key_mirror m(kind);
        m.source.run({std::string("CREATE TABLE s(k ") + type + " PRIMARY KEY, v int)",
                      "INSERT INTO s VALUES ('ab', 1), ('abcde', 2), ('Xy', 3)"});
        const std::string ci = collation;
        m.target.run({"CREATE TABLE t(k CHAR(5)" + ci + " PRIMARY KEY, v INT)"});
        m.start();
        m.node.sync("m");
        m.source.run({"UPDATE s SET v = 9 WHERE k = 'abcde'", "DELETE FROM s WHERE k = 'ab'",
                      "UPDATE s SET v = 8 WHERE k = 'Xy'"});
        m.node.sync("m");
        const auto rows = m.rows();
        REQUIRE(rows.size() == 2);
        CHECK(rows[0][0]->starts_with("Xy"));
        CHECK(rows[1][1] == "9");
        CHECK(m.node.terminate() == 0);
      }
    }
  }
}

TEST_CASE("texts that differ in blanks at the end share a row of a padded column: one is invalid") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    key_mirror m(kind);
    m.source.run({"CREATE TABLE s(k text PRIMARY KEY, v int)",
                  "INSERT INTO s VALUES ('ab', 1), ('ab ', 2)"});
    m.target.run({"CREATE TABLE t(k CHAR(5) PRIMARY KEY, v INT)"});
    m.start();
    const auto run = m.node.sync("m", {}, 7);
    CHECK(run["invalid"] == 1);
    CHECK(run["delivered"] == 1);
    const auto rejected = m.node.json({"rejected", "m"});
    REQUIRE(rejected.size() == 1);
    CHECK(test::contains(rejected[0]["reason"], "the same to the destination"));
    CHECK(m.rows().size() == 1);
    CHECK(m.node.terminate() == 0);
  }
}

TEST_CASE("two spellings of a uuid are one row") {
  key_mirror m(product::postgresql);
  m.source.run({"CREATE TABLE s(k text PRIMARY KEY, v int)",
                "INSERT INTO s VALUES ('0000000A-0000-0000-0000-000000000000', 1)"});
  m.target.run({"CREATE TABLE t(k uuid PRIMARY KEY, v int)"});
  m.start();
  m.node.sync("m");
  m.source.run({"UPDATE s SET k = lower(k), v = 2"});
  const auto run = m.node.sync("m");
  CHECK(run["updates"] == 1);
  CHECK(run["deletes"] == 0);
  CHECK(m.rows() == cells{{"0000000A-0000-0000-0000-000000000000", "2"}});
  m.source.run({"DELETE FROM s"});
  m.node.sync("m", {"--allow-deletes"});
  CHECK(m.rows().empty());
  CHECK(m.node.terminate() == 0);
}

TEST_CASE("a key whose spellings nobody can compare is refused with the column named") {
  key_mirror m(product::postgresql);
  m.source.run({"CREATE TABLE s(k text PRIMARY KEY, v int)"});
  m.target.run({"CREATE TABLE t(k date PRIMARY KEY, v int)"});
  m.start();
  const auto run = m.node.sync("m", {}, 1);
  CHECK(test::contains(run["error"]["message"], "the key column 'k' is of type date"));
  CHECK(m.node.terminate() == 0);
}

TEST_CASE("a file's rows are told apart by what databases hold for equal") {
  key_mirror m(product::sqlite);
  m.source.run({"CREATE TABLE s(k numeric PRIMARY KEY, v int)", "INSERT INTO s VALUES (5, 1)"});
  const auto file = m.node.path() / "out.jsonl";
  m.start({{"destination",
            {{"kind", "jsonl"}, {"path", file.string()}, {"odbc", nullptr}, {"table", nullptr}}}});
  m.node.sync("m");
  m.source.run({"UPDATE s SET k = 5.00"});
  const auto run = m.node.sync("m");
  CHECK(run["updates"] == 1);
  CHECK(run["deletes"] == 0);
  CHECK(m.node.terminate() == 0);
}
