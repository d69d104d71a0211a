// Rows of a table that depend on each other, driven by the real binary: one run converges.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;

/// A table t of a SQLite file, mirrored into one of another product by several writers in small
/// batches.
struct tree_mirror {
  tree_mirror(odbc::product kind, const std::string& columns, const std::string& constraint,
              int writers = 3)
      : target(kind) {
    source.run({"CREATE TABLE t(" + columns + ")"});
    target.run({"CREATE TABLE t(" + columns + ", " + constraint + ")"});
    node.connection(
        "t", {{"source", {{"odbc", source.connection_string()}, {"table", "t"}, {"key", {"id"}}}},
              {"mode", "mirror"},
              {"max_delete_percent", 100},
              {"delivery", {{"writers", writers}, {"batch_rows", 20}, {"window", 1}}},
              {"destination",
               {{"kind", "odbc"}, {"odbc", target.connection_string()}, {"table", "t"}}}});
    node.start();
  }

  [[nodiscard]] static cells rows(const test::database_fixture& database) {
    return database.connect().query("SELECT * FROM t ORDER BY id");
  }
  void check_equal() const { CHECK(rows(target) == rows(source)); }

  test::database_fixture source{odbc::product::sqlite};
  test::database_fixture target;
  test::node_fixture node;
};

/// INSERT of a tree of `count` rows, the first without a parent, whose numbers, by which
/// SQLite reads the rows, say nothing of its order.
std::string tree(int count) {
  std::vector<int> ids(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ids[static_cast<std::size_t>(i)] = i + 1;
  std::mt19937 random(3);
  std::shuffle(ids.begin(), ids.end(), random);
  auto sql = "INSERT INTO t VALUES (" + std::to_string(ids[0]) + ", NULL)";
  for (std::size_t i = 1; i < ids.size(); ++i)
    sql += ",(" + std::to_string(ids[i]) + "," + std::to_string(ids[random() % i]) + ")";
  return sql;
}

}  // namespace

TEST_CASE("a tree in one table arrives in one run and goes in one run") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    tree_mirror m(kind, "id INTEGER PRIMARY KEY, parent INTEGER",
                  "FOREIGN KEY (parent) REFERENCES t (id)");
    m.source.run({tree(200)});
    auto run = m.node.sync("t");
    CHECK(run["delivered"] == 200);
    CHECK(run["rejected"] == 0);
    test::check_adds_up(run);
    m.check_equal();
    CHECK(m.node.sync("t")["unchanged"] == 200);

    // Everything but the root goes, and the root has a new child.
    m.source.run(
        {"DELETE FROM t WHERE parent IS NOT NULL", "INSERT INTO t SELECT 1000, id FROM t"});
    run = m.node.sync("t");
    CHECK(run["deletes"] == 199);
    CHECK(run["rejected"] == 0);
    test::check_adds_up(run);
    m.check_equal();
    CHECK(m.node.terminate() == 0);
  }
}

TEST_CASE("unique values that swap, move and come free arrive in one run") {
  for (const auto kind : test::every_database) {
    CAPTURE(to_string(kind));
    tree_mirror m(kind, "id BIGINT PRIMARY KEY, email VARCHAR(40) NOT NULL", "UNIQUE (email)");
    m.source.run(
        {"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200) "
         "INSERT INTO t SELECT i, 'e' || i FROM n"});
    m.node.sync("t");
    m.source.run({
        // A swap between two writers' rows, a ring of a hundred, one that a delete frees, and one
        // that goes to a new row.
        "UPDATE t SET email = CASE id WHEN 1 THEN 'e2' ELSE 'e1' END WHERE id IN (1, 2)",
        "UPDATE t SET email = 'e' || (CASE id WHEN 199 THEN 100 ELSE id + 1 END) "
        "WHERE id BETWEEN 100 AND 199",
        "DELETE FROM t WHERE id = 50",
        "UPDATE t SET email = 'e50' WHERE id = 51",
        "INSERT INTO t VALUES (300, 'e51')",
    });
    const auto run = m.node.sync("t");
    CHECK(run["rejected"] == 0);
    test::check_adds_up(run);
    m.check_equal();
    CHECK(m.node.sync("t")["delivered"] == 0);
    CHECK(m.node.terminate() == 0);
  }
}

TEST_CASE("what never fits is listed once, with a reason that says that it was tried again") {
  tree_mirror m(odbc::product::sqlite, "id INTEGER PRIMARY KEY, parent INTEGER",
                "FOREIGN KEY (parent) REFERENCES t (id)");
  m.source.run({tree(100), "INSERT INTO t VALUES (500, 999), (501, 500)"});
  const auto run = m.node.sync("t", {}, 7);
  CHECK(run["delivered"] == 100);
  CHECK(run["rejected"] == 2);
  test::check_adds_up(run);
  const auto rejected = m.node.json({"rejected", "t"});
  REQUIRE(rejected.size() == 2);
  for (const auto& row : rejected) {
    CHECK(test::contains(row["reason"], "tried again"));
    CHECK(row["attempts"] == 1);
  }
  m.source.run({"INSERT INTO t VALUES (999, NULL)"});
  CHECK(m.node.sync("t")["delivered"] == 3);
  CHECK(m.node.json({"rejected", "t"}).empty());
  CHECK(m.node.terminate() == 0);
}

TEST_CASE("a crash before or behind the further try loses no row") {
  // 400 rows are 20 deliveries; the further try is the next one.
  for (const auto* times : {"1", "8", "20", "21"}) {
    CAPTURE(std::string(times));
    tree_mirror m(odbc::product::sqlite, "id INTEGER PRIMARY KEY, parent INTEGER",
                  "FOREIGN KEY (parent) REFERENCES t (id)", 1);
    m.source.run({tree(400)});
    CHECK(m.node.terminate() == 0);
    m.node.environment["SLUICE_FAIL_POINT"] = std::string("after_delivery:") + times;
    m.node.start();
    const auto command = m.node.begin({"sync", "t", "--wait"});
    m.node.wait_for_crash();
    CHECK(command->wait(std::chrono::seconds{30}));
    m.node.environment.clear();
    m.node.start();
    const auto run = m.node.sync("t");
    CHECK(run["rejected"] == 0);
    m.check_equal();
    CHECK(m.node.terminate() == 0);
  }
}
