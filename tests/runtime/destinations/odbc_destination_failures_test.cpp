// What becomes of rows when the database refuses, loses, locks or forgets them.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/people_table.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;

constexpr product servers[] = {product::postgresql, product::mariadb};

person ada_called(const std::string& name = "Ada") { return {1, name, "1.00", std::nullopt}; }

/// PostgreSQL: runs `action` when somebody writes a row with `name`; the first `times` times only.
/// `when` is BEFORE, or CONSTRAINT for the moment of the commit.
void on_name(const database_fixture& database, const std::string& name, const std::string& action,
             int times, bool at_commit = false) {
  auto connection = database.connect();
  connection.execute("CREATE SEQUENCE attempts");  // counts on when its transaction is rolled back
  connection.execute(
      "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.name = '" +
      name + "' AND nextval('attempts') <= " + std::to_string(times) + " THEN " + action +
      "; END IF; RETURN NEW; END $$");
  connection.execute(at_commit ? "CREATE CONSTRAINT TRIGGER act AFTER INSERT OR UPDATE ON people "
                                 "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION act()"
                               : "CREATE TRIGGER act BEFORE INSERT ON people FOR EACH ROW EXECUTE "
                                 "FUNCTION act()");
}

/// Ends all other sessions of the database and returns once they are gone.
void end_sessions(const database_fixture& database) {
  auto connection = database.connect();
  if (database.kind() == product::postgresql) {
    connection.query(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    return;
  }
  const std::string others =
      " FROM information_schema.processlist WHERE db = database() "
      "AND id <> connection_id()";
  for (const auto& row : connection.query("SELECT id" + others))
    connection.execute("KILL CONNECTION " + *row[0]);
  while (*connection.query("SELECT count(*)" + others)[0][0] != "0") std::this_thread::yield();
}

/// Returns once some session waits for a lock; MariaDB tells of its whole server. (Not by
/// information_schema.innodb_trx: that is a copy, which is renewed only after nobody has read it
/// for 0.1 s.)
void wait_until_locked(const database_fixture& database) {
  auto connection = database.connect();
  const std::string sql =
      database.kind() == product::postgresql
          ? "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock'"
          : "SELECT variable_value FROM information_schema.global_status "
            "WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'";
  while (*connection.query(sql)[0][0] == "0") std::this_thread::yield();
}

}  // namespace

TEST_CASE("a value that does not fit its column is rejected with the database's words") {
  for (const auto kind : servers) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run(
        {"CREATE TABLE t (id BIGINT PRIMARY KEY, word VARCHAR(5), small SMALLINT, born DATE)"});
    auto out =
        make_odbc_destination({config::secret_string(database.connection_string()), "t", false});
    out->open(context_of({{"id", value_kind::integer},
                          {"word", value_kind::text},
                          {"small", value_kind::integer},
                          {"born", value_kind::text}}),
              {});
    const auto outcome = out->deliver(upserts({
        {integer("1"), text("fits"), integer("1"), text("2026-01-31")},
        {integer("2"), text("too long"), integer("1"), null_value},
        {integer("3"), text("x"), integer("40000"), null_value},
        {integer("4"), text("x"), integer("1"), text("2026-02-30")},
        {integer("5"), null_value, null_value, null_value},
    }));
    CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected, fate::rejected,
                                       fate::rejected, fate::delivered});
    for (const auto& r : outcome.rejections) CHECK_FALSE(r.reason.empty());
    CHECK(database.connect().query("SELECT id, word FROM t ORDER BY id") ==
          cells{{"1", "fits"}, {"5", std::nullopt}});
  }
}

TEST_CASE("a constraint that is checked at the commit rejects its row only") {
  for (const auto kind : {product::postgresql, product::sqlite}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE parent (id BIGINT PRIMARY KEY)", "INSERT INTO parent VALUES (1)",
                  "CREATE TABLE t (id BIGINT PRIMARY KEY, parent BIGINT REFERENCES parent (id) "
                  "DEFERRABLE INITIALLY DEFERRED)"});
    auto out =
        make_odbc_destination({config::secret_string(database.connection_string()), "t", false});
    out->open(context_of({{"id", value_kind::integer}, {"parent", value_kind::integer}}), {});
    std::vector<std::string> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(std::to_string(i));
    std::vector<std::vector<value_view>> rows;
    for (const auto& id : ids) rows.push_back({integer(id), integer(id == "33" ? "2" : "1")});
    const auto outcome = out->deliver(upserts(rows));
    REQUIRE(outcome.rejections.size() == 1);
    CHECK(outcome.rejections[0].index == 33);
    CHECK(std::count(outcome.fates.begin(), outcome.fates.end(), fate::delivered) == 49);
    CHECK(database.connect().query("SELECT count(*) FROM t") == cells{{"49"}});
  }
}

TEST_CASE("what a trigger raises rejects the row") {
  const people_table postgresql(product::postgresql);
  on_name(postgresql.database(), "bad", "RAISE EXCEPTION 'no such person'", 1'000);
  const people_table mariadb(product::mariadb);
  mariadb.database().run(
      {"CREATE TRIGGER refuse BEFORE INSERT ON people FOR EACH ROW IF NEW.name = 'bad' "
       "THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such person'; END IF"});
  for (const auto* people : {&postgresql, &mariadb}) {
    auto out = make_odbc_destination(people->config());
    out->open(person_context(), {});
    const auto outcome = out->deliver(person_batch().insert(ada_called("bad")).insert({2, "Bob"}));
    CHECK(outcome.fates == std::vector{fate::rejected, fate::delivered});
    CHECK(contains(outcome.rejections.at(0).reason, "no such person"));
  }
}

TEST_CASE("MariaDB: a row larger than a packet is rejected and not sent") {
  people_table people(product::mariadb);
  auto out = people.open();
  // max_allowed_packet is 16 MiB by default, and tests that need more make it 128 MiB.
  const std::string large(129u << 20, 'x');
  const auto outcome =
      out->deliver(person_batch().insert(ada_called()).insert({2, "Bob", "0.00", large}));
  CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected});
  CHECK(contains(outcome.rejections.at(0).reason, "more than the"));
  CHECK(people.state().size() == 1);
}

TEST_CASE("a deadlock is tried again") {
  people_table people(product::postgresql);
  on_name(people.database(), "Ada", "RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'", 3);
  CHECK(people.open()->deliver(person_batch().insert(ada_called())).fates ==
        std::vector{fate::delivered});
  CHECK(people.state().size() == 1);
}

TEST_CASE("a deadlock that never ends fails the destination and applies nothing") {
  people_table people(product::postgresql);
  on_name(people.database(), "Ada", "RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'", 1'000);
  auto out = people.open();
  const auto text = failure_text([&] {
    out->deliver(person_batch().insert({2, "Bob"}).insert(ada_called()));
  });
  CHECK(contains(text, "destination_failed: deliver to table 'people': ERROR: deadlock"));
  CHECK(contains(text, "next run"));
  CHECK(people.state().empty());
}

TEST_CASE("a connection lost between batches is made anew") {
  for (const auto kind : servers) {
    CAPTURE(to_string(kind));
    people_table people(kind);
    auto out = people.open();
    out->deliver(person_batch().insert(ada_called()));
    end_sessions(people.database());
    CHECK(out->deliver(person_batch(2).insert({2, "Bob"})).fates == std::vector{fate::delivered});
    CHECK(people.state().size() == 2);
  }
}

TEST_CASE("a connection lost during a batch loses none of its rows") {
  people_table people(product::postgresql);
  on_name(people.database(), "Ada", "PERFORM pg_terminate_backend(pg_backend_pid())", 2);
  CHECK(people.open()->deliver(person_batch().insert({2, "Bob"}).insert(ada_called())).fates ==
        std::vector(2, fate::delivered));
  CHECK(people.state().size() == 2);
}

TEST_CASE(
    "a connection lost during the commit leaves its rows unknown and the next batch goes on") {
  people_table people(product::postgresql);
  on_name(people.database(), "Ada", "PERFORM pg_terminate_backend(pg_backend_pid())", 1, true);
  auto out = people.open();
  CHECK(out->deliver(person_batch().insert(ada_called()).insert({2, "Bob"})).fates ==
        std::vector(2, fate::unknown));
  CHECK(people.state().empty());
  CHECK(out->deliver(person_batch(2).insert(ada_called())).fates == std::vector{fate::delivered});
  CHECK(people.state().size() == 1);
}

TEST_CASE("a stop ends a delivery that waits for a lock") {
  for (const auto kind : servers) {
    CAPTURE(to_string(kind));
    people_table people(kind);
    people.open()->deliver(person_batch().insert(ada_called()));
    auto holder = people.database().connect();
    holder.begin();
    holder.execute("UPDATE people SET name = 'held' WHERE id = 1");

    std::stop_source stop;
    auto out = people.open(stop.get_token());
    std::thread stopper([&] {
      wait_until_locked(people.database());
      stop.request_stop();
    });
    CHECK(out->deliver(person_batch().insert({2, "Bob"}).update(ada_called("changed"))).fates ==
          std::vector(2, fate::undelivered));
    stopper.join();
    CHECK(out->deliver(person_batch(2).insert({3, "Cid"})).fates == std::vector{fate::undelivered});
    holder.rollback();
    CHECK(people.state() == std::map<int, person>{{1, ada_called()}});
  }
}

TEST_CASE("a stop ends a delivery that waits for SQLite's lock") {
  people_table people(product::sqlite);
  std::stop_source stop;
  auto out = people.open(stop.get_token());
  auto holder = people.database().connect();
  holder.begin();
  std::thread stopper([&] { stop.request_stop(); });
  CHECK(out->deliver(person_batch().insert(ada_called())).fates == std::vector{fate::undelivered});
  stopper.join();
  holder.rollback();
  CHECK(people.state().empty());
}

TEST_CASE("an unreachable server and a wrong password are failures that name no secret") {
  const auto open = [](const std::string& odbc) {
    return failure_text([&] {
      make_odbc_destination({config::secret_string(odbc), "people", false})
          ->open(person_context(), {});
    });
  };
  const auto refused =
      open("Driver=PostgreSQL Unicode;Server=127.0.0.1;Port=1;Database=x;Uid=u;Pwd=hush");
  CHECK(contains(refused, "destination_failed: connect to destination"));
  CHECK(contains(refused, "check that the server runs"));
  CHECK_FALSE(contains(refused, "hush"));

  auto wrong = required_environment("SLUICE_TEST_PG");
  wrong = wrong.substr(0, wrong.find("Pwd=")) + "Pwd=hush";
  CHECK(contains(open(wrong), "password authentication failed"));
  CHECK(contains(open(wrong), "check destination.odbc"));
  CHECK_FALSE(contains(open(wrong), "hush"));

  CHECK(contains(open("Driver=No Such Driver;Server=x"), "No Such Driver"));
  const auto malformed = open("no connection string");
  INFO(malformed);
  CHECK(contains(malformed, "invalid_config: read ODBC connection string"));
}

TEST_CASE("values that a database cannot hold are warned of") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, x DOUBLE, seen DATETIME)"});
  auto out =
      make_odbc_destination({config::secret_string(database.connection_string()), "t", false});
  out->open(context_of({{"id", value_kind::integer},
                        {"x", value_kind::real},
                        {"seen", value_kind::timestamp_tz}}),
            {});
  CHECK(out->deliver(upserts({{integer("1"), {value_kind::real, "NaN"}, null_value}})).fates[0] ==
        fate::delivered);
  const auto warnings = out->warnings();
  REQUIRE(warnings.size() == 2);
  CHECK(contains(warnings[0], "'seen' of 't' keeps 0 digits"));
  CHECK(contains(warnings[1], ": 1 times"));
  CHECK(database.connect().query("SELECT x FROM t") == cells{{std::nullopt}});
}
