// Rows that depend on each other: unique values that change hands, trees, rows behind deletes.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/runtime/destinations/table_way_in.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;
using positions = std::vector<std::size_t>;

/// Rows (id, x) of a table t.
batch batch_of(const std::vector<std::pair<int, std::optional<std::string>>>& rows) {
  batch out(1);
  for (const auto& [id, x] : rows) {
    const auto number = std::to_string(id);
    out.append(operation::update, {}, {}, packed({integer(number)}),
               packed({integer(number), x ? text(*x) : null_value}));
  }
  return out;
}

std::unique_ptr<destination> way_into_values(const database_fixture& database,
                                             sync_mode mode = sync_mode::mirror) {
  auto context = context_of({{"id", value_kind::integer}, {"x", value_kind::text}});
  context.mode = mode;
  return way_into(database.connection_string(), "t", context);
}

cells table_cells(const database_fixture& database) {
  return database.connect().query("SELECT id, x FROM t ORDER BY id");
}

/// (id, parent) for a tree of `count` rows whose numbers say nothing of its order.
std::vector<std::pair<int, std::optional<std::string>>> tree(int count) {
  std::vector<int> ids(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ids[static_cast<std::size_t>(i)] = i + 1;
  std::mt19937 random(7);
  std::shuffle(ids.begin(), ids.end(), random);
  std::vector<std::pair<int, std::optional<std::string>>> rows{{ids[0], std::nullopt}};
  for (std::size_t i = 1; i < ids.size(); ++i)
    rows.emplace_back(ids[i], std::to_string(ids[random() % i]));
  return rows;
}

constexpr auto tree_table =
    "CREATE TABLE t (id BIGINT PRIMARY KEY, x BIGINT, FOREIGN KEY (x) "
    "REFERENCES t (id))";

}  // namespace

TEST_CASE("rows that swap a unique value are written together") {
  for (const auto kind : every_database) {
    // One that may be NULL, one of a text and one of a number that may not.
    for (const auto* type :
         {"VARCHAR(20)", "VARCHAR(20) NOT NULL", "INT NOT NULL", "SMALLINT NOT NULL"}) {
      for (const auto mode : {sync_mode::mirror, sync_mode::update}) {
        CAPTURE(to_string(kind));
        CAPTURE(std::string(type));
        CAPTURE(to_string(mode));
        const database_fixture database(kind);
        database.run(
            {std::string("CREATE TABLE t (id BIGINT PRIMARY KEY, x ") + type + ", UNIQUE (x))",
             "INSERT INTO t VALUES (1, '10'), (2, '20'), (3, '30'), (4, '40'), (5, '50')"});
        const auto out = way_into_values(database, mode);
        const auto swapped = batch_of({{1, "20"}, {2, "10"}, {3, "40"}, {4, "50"}, {5, "30"}});
        for (const auto& r : out->deliver(swapped).rejections) CHECK(r.again);
        CHECK(with_fate(out->deliver_again(swapped), fate::delivered).size() == 5);
        CHECK(table_cells(database) ==
              cells{{"1", "20"}, {"2", "10"}, {"3", "40"}, {"4", "50"}, {"5", "30"}});
      }
    }
  }
}

TEST_CASE("a swap with a row that cannot take part leaves nothing parked") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, x VARCHAR(20), UNIQUE (x))",
                  "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (9, 'not ours')"});
    const auto out = way_into_values(database);
    const auto outcome =
        out->deliver_again(batch_of({{1, "b"}, {2, "a"}, {3, "not ours"}, {4, "not ours"}}));
    CHECK(with_fate(outcome, fate::rejected) == positions{2, 3});
    CHECK(table_cells(database) == cells{{"1", "b"}, {"2", "a"}, {"3", "c"}, {"9", "not ours"}});
    CHECK(contains(outcome.rejections.at(0).reason, "tried again"));
  }
}

TEST_CASE("a ring that one of its rows breaks is rejected as a whole") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run(
        {"CREATE TABLE t (id BIGINT PRIMARY KEY, x VARCHAR(20), UNIQUE (x), "
         "CHECK (x <> 'b' OR id <> 1))",
         "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')"});
    const auto out = way_into_values(database);
    CHECK(with_fate(out->deliver_again(batch_of({{1, "b"}, {2, "c"}, {3, "a"}})), fate::rejected) ==
          positions{0, 1, 2});
    CHECK(table_cells(database) == cells{{"1", "a"}, {"2", "b"}, {"3", "c"}});
  }
}

TEST_CASE("a unique value that moves to another row is taken once it is free") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, x VARCHAR(20), UNIQUE (x))",
                  "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')"});
    const auto out = way_into_values(database);
    auto rows = batch_of({{1, "b"}, {2, "c"}, {3, "d"}, {4, "a"}});
    CHECK(with_fate(out->deliver_again(rows), fate::delivered).size() == 4);
    CHECK(table_cells(database) == cells{{"1", "b"}, {"2", "c"}, {"3", "d"}, {"4", "a"}});
  }
}

TEST_CASE("a tree is written parents first, whatever its numbers are") {
  for (const auto kind : every_database) {
    for (const auto* deferred : {"", " DEFERRABLE INITIALLY DEFERRED"}) {
      if (kind == product::mariadb && *deferred != '\0') continue;
      CAPTURE(to_string(kind));
      CAPTURE(deferred);
      const database_fixture database(kind);
      const std::string create(tree_table);
      database.run({create.substr(0, create.size() - 1) + deferred + ")"});
      const auto out = way_into_values(database);
      auto rows = tree(300);
      rows.emplace_back(1000, "999");   // has no parent
      rows.emplace_back(1001, "1000");  // nor has this one
      const auto outcome = out->deliver_again(batch_of(rows));
      CHECK(with_fate(outcome, fate::rejected) == positions{300, 301});
      CHECK(answer(database, "SELECT count(*) FROM t") == "300");

      // And deleted children first.
      batch all(1);
      for (const auto& [id, parent] : rows)
        all.append(operation::erase, {}, {}, packed({integer(std::to_string(id))}), {});
      CHECK(with_fate(out->deliver_again(all), fate::delivered).size() == 302);
      CHECK(answer(database, "SELECT count(*) FROM t") == "0");
    }
  }
}

TEST_CASE("what waits for other rows is told from what does not fit at all") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE p (id BIGINT PRIMARY KEY)",
                  "CREATE TABLE t (id BIGINT PRIMARY KEY, x VARCHAR(3) NOT NULL, UNIQUE (x), "
                  "CHECK (x <> 'no'), CHECK (length(x) < 4))",
                  "INSERT INTO t VALUES (9, 'z')"});
    const auto outcome = way_into_values(database)->deliver(
        batch_of({{1, "z"}, {2, std::nullopt}, {3, "no"}, {4, "much too long"}, {5, "a"}}));
    REQUIRE(with_fate(outcome, fate::rejected) == positions{0, 1, 2, 3});
    for (const auto& r : outcome.rejections) {
      CAPTURE(r.reason);
      CHECK(r.again == (r.index == 0));
    }
  }
}

TEST_CASE("PostgreSQL: a row that a trigger refuses for another row's sake may be tried again") {
  const database_fixture database(product::postgresql);
  database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, x text)",
                "CREATE FUNCTION needs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "IF NEW.x IS NOT NULL AND NOT EXISTS (SELECT 1 FROM t WHERE id = NEW.x::bigint) "
                "THEN RAISE EXCEPTION 'no parent' USING ERRCODE = 'PT404'; END IF; RETURN NEW; END "
                "$$",
                "CREATE TRIGGER needs BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION needs()"});
  const auto out = way_into_values(database);
  CHECK(with_fate(out->deliver_again(batch_of(tree(100))), fate::delivered).size() == 100);
}
