// Statements that end without an error and leave rows out.
#include <doctest/doctest.h>

#include "tests/runtime/destinations/table_way_in.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

using positions = std::vector<std::size_t>;

constexpr product with_silent_triggers[] = {product::postgresql, product::sqlite};

/// A trigger on t that leaves out rows, without an error, before `event`.
void keep(const database_fixture& database, const std::string& event,
          const std::string& condition) {
  if (database.kind() == product::sqlite)
    return database.run({"CREATE TRIGGER keep_" + event.substr(0, 6) + " BEFORE " + event +
                         " ON t WHEN " + condition + " BEGIN SELECT RAISE(IGNORE); END"});
  database.run(
      {"CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
       "$$ BEGIN RETURN NULL; END $$",
       "CREATE TRIGGER keep_" + event.substr(0, 6) + " BEFORE " + event +
           " ON t FOR EACH ROW WHEN (" + condition + ") EXECUTE FUNCTION keep()"});
}

delivery_context context_in(sync_mode mode) {
  auto context = context_of({{"id", value_kind::integer}, {"v", value_kind::integer}});
  context.mode = mode;
  return context;
}

}  // namespace

TEST_CASE("a row that a trigger leaves out is rejected, the others arrive") {
  for (const auto kind : with_silent_triggers) {
    for (const auto mode : {sync_mode::mirror, sync_mode::insert, sync_mode::append}) {
      CAPTURE(to_string(kind));
      CAPTURE(to_string(mode));
      const database_fixture database(kind);
      database.run({plain_table});
      keep(database, "INSERT", "NEW.v IN (0, 70, 99)");
      const auto out = way_into(database.connection_string(), "t", context_in(mode));
      const auto outcome = out->deliver(numbered(0, 100));
      CHECK(with_fate(outcome, fate::rejected) == positions{0, 70, 99});
      CHECK(contains(outcome.rejections.at(0).reason, "without an error"));
      CHECK(answer(database, "SELECT count(*) FROM t") == "97");
    }
  }
}

TEST_CASE("an update that a trigger leaves out is rejected") {
  for (const auto kind : with_silent_triggers) {
    for (const auto mode : {sync_mode::upsert, sync_mode::update}) {
      CAPTURE(to_string(kind));
      CAPTURE(to_string(mode));
      const database_fixture database(kind);
      database.run({plain_table, "INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)"});
      keep(database, "UPDATE", "NEW.id = 2");
      const auto out = way_into(database.connection_string(), "t", context_in(mode));
      const auto outcome = out->deliver(numbered(1, 4));
      CHECK(with_fate(outcome, fate::rejected) == positions{1});
      CHECK(contains(outcome.rejections.at(0).reason, "without an error"));
      CHECK(answer(database, "SELECT sum(v) FROM t") == "4");
    }
  }
}

TEST_CASE("mode update still says of a missing row that it is missing") {
  for (const auto kind : with_silent_triggers) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({plain_table, "INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)"});
    keep(database, "UPDATE", "NEW.id = 2");
    const auto out = way_into(database.connection_string(), "t", context_in(sync_mode::update));
    const auto outcome = out->deliver(numbered(1, 6));
    REQUIRE(with_fate(outcome, fate::rejected) == positions{1, 3, 4});
    CHECK(contains(outcome.rejections[0].reason, "without an error"));
    CHECK(contains(outcome.rejections[1].reason, "no row with this key"));
  }
}

TEST_CASE("a delete that a trigger leaves out is rejected; one of a row that is gone is not") {
  for (const auto kind : with_silent_triggers) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({plain_table});
    const auto out = way_into(database.connection_string(), "t");
    out->deliver(numbered(0, 10));
    keep(database, "DELETE", "OLD.id = 4");
    const auto outcome = out->deliver(erased(0, 20));
    REQUIRE(with_fate(outcome, fate::rejected) == positions{4});
    CHECK(contains(outcome.rejections[0].reason, "still there"));
    CHECK(answer(database, "SELECT count(*) FROM t") == "1");
  }
}

TEST_CASE("a delete that sets a column and is left out is rejected") {
  for (const auto kind : with_silent_triggers) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({plain_table});
    auto context = context_in(sync_mode::mirror);
    context.on_delete = {{1}, packed({integer("-1")})};
    const auto out = way_into(database.connection_string(), "t", context);
    out->deliver(numbered(0, 10));
    keep(database, "UPDATE", "NEW.id = 4");
    CHECK(with_fate(out->deliver(erased(0, 20)), fate::rejected) == positions{4});
    CHECK(answer(database, "SELECT count(*) FROM t WHERE v = -1") == "9");
  }
}

TEST_CASE("a count that is lower for a good reason rejects nothing") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({plain_table, "INSERT INTO t VALUES (1, 0), (2, 2)"});
    for (const auto mode : {sync_mode::insert, sync_mode::upsert, sync_mode::update}) {
      CAPTURE(to_string(mode));
      const auto out = way_into(database.connection_string(), "t", context_in(mode));
      // Rows that are left alone; then rows that do not change.
      for (int i = 0; i < 2; ++i)
        CHECK(with_fate(out->deliver(numbered(1, 4)), fate::delivered).size() == 3);
    }
  }
}

TEST_CASE("PostgreSQL: identical updates that a trigger suppresses are delivered") {
  const database_fixture database(product::postgresql);
  database.run({plain_table,
                "CREATE TRIGGER z BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION "
                "suppress_redundant_updates_trigger()"});
  for (const auto mode : {sync_mode::upsert, sync_mode::update}) {
    const auto out = way_into(database.connection_string(), "t", context_in(mode));
    if (mode == sync_mode::upsert) out->deliver(numbered(0, 50));
    CHECK(with_fate(out->deliver(numbered(0, 50)), fate::delivered).size() == 50);
  }
}

TEST_CASE("PostgreSQL: rows that a trigger writes elsewhere are delivered if they are found") {
  for (const auto mode : {sync_mode::append, sync_mode::mirror}) {
    CAPTURE(to_string(mode));
    const database_fixture database(product::postgresql);
    // Partitions as they were made before version 10; a decimal is spelled otherwise when read.
    database.run(
        {"CREATE TABLE t (id bigint PRIMARY KEY, v bigint, n numeric(9,2), at "
         "timestamp(0), j json, p point)",
         "CREATE TABLE part (LIKE t INCLUDING ALL) INHERITS (t)",
         "CREATE FUNCTION route() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
         "IF NEW.v <> 3 THEN INSERT INTO part SELECT NEW.*; END IF; RETURN NULL; END $$",
         "CREATE TRIGGER route BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION route()"});
    auto context = context_of({{"id", value_kind::integer},
                               {"v", value_kind::integer},
                               {"n", value_kind::decimal},
                               {"at", value_kind::timestamp},
                               {"j", value_kind::json},
                               {"p", value_kind::text}});
    context.mode = mode;
    const auto out = way_into(database.connection_string(), "t", context);
    batch rows(1);
    for (const auto* id : {"1", "2", "3", "4"})
      rows.append(operation::insert, {}, {}, packed({integer(id)}),
                  packed({integer(id),
                          integer(id),
                          {value_kind::decimal, "1"},
                          {value_kind::timestamp, "2026-01-31T09:00:00.4"},
                          {value_kind::json, "{\"a\": 1}"},
                          text("(1,2)")}));
    CHECK(with_fate(out->deliver(rows), fate::rejected) == positions{2});
    CHECK(answer(database, "SELECT count(*) FROM part") == "3");
  }
}

TEST_CASE("PostgreSQL: rows that a rule swallows are rejected") {
  const database_fixture database(product::postgresql);
  database.run({plain_table, "CREATE RULE r AS ON INSERT TO t WHERE NEW.v = 2 DO INSTEAD NOTHING"});
  const auto out = way_into(database.connection_string(), "t", context_in(sync_mode::append));
  CHECK(with_fate(out->deliver(numbered(0, 20)), fate::rejected) == positions{2});
}

namespace {

/// A table (id, v) that a role of its own owns, under policies.
class guarded_table {
 public:
  guarded_table(const std::string& readable, const std::string& deletable)
      : database_(product::postgresql) {
    database_.run({plain_table, "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                   "ALTER TABLE t FORCE ROW LEVEL SECURITY",
                   "CREATE POLICY r ON t FOR SELECT USING (" + readable + ")",
                   "CREATE POLICY i ON t FOR INSERT WITH CHECK (true)",
                   "CREATE POLICY u ON t FOR UPDATE USING (true)",
                   "CREATE POLICY d ON t FOR DELETE USING (" + deletable + ")"});
    owner_ = "owner_" + answer(database_, "SELECT replace(gen_random_uuid()::text,'-','')");
    database_.run({"CREATE ROLE " + owner_, "ALTER TABLE t OWNER TO " + owner_});
  }
  ~guarded_table() { database_.run({"DROP TABLE t", "DROP ROLE " + owner_}); }
  guarded_table(const guarded_table&) = delete;
  guarded_table& operator=(const guarded_table&) = delete;

  [[nodiscard]] std::unique_ptr<destination> way_in() const {
    return way_into(database_.connection_string() + ";ConnSettings={SET ROLE " + owner_ + "}", "t");
  }
  [[nodiscard]] const database_fixture& database() const { return database_; }

 private:
  database_fixture database_;
  std::string owner_;
};

}  // namespace

TEST_CASE("PostgreSQL: a row that a policy lets nobody delete is rejected") {
  const guarded_table table("true", "v <> 5");
  const auto out = table.way_in();
  out->deliver(numbered(0, 10));
  CHECK(with_fate(out->deliver(erased(0, 10)), fate::rejected) == positions{5});
}

TEST_CASE("PostgreSQL: a row that a policy hides counts as gone") {
  const guarded_table table("v <> 5", "true");
  table.database().run({"INSERT INTO t SELECT i, i FROM generate_series(0, 9) AS s(i)"});
  CHECK(with_fate(table.way_in()->deliver(erased(0, 10)), fate::delivered).size() == 10);
  CHECK(table.database().connect().query("SELECT id FROM t") ==
        std::vector<std::vector<std::optional<std::string>>>{{"5"}});
}
