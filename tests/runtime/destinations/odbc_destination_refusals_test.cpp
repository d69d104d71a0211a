// Rows that the database refuses with codes that no list has, and failures that look alike.
#include <doctest/doctest.h>

#include "tests/runtime/destinations/table_way_in.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

using positions = std::vector<std::size_t>;

/// PostgreSQL: a trigger on t that does `action` for rows WHEN `condition`.
void on_rows(const database_fixture& database, const std::string& condition,
             const std::string& action, const std::string& event = "INSERT OR UPDATE") {
  database.run({"CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + action +
                    "; RETURN coalesce(NEW, OLD); END $$",
                "CREATE TRIGGER act BEFORE " + event + " ON t FOR EACH ROW WHEN (" + condition +
                    ") EXECUTE FUNCTION act()"});
}

std::string raise(const std::string& code) {
  return "RAISE EXCEPTION 'not this one' USING ERRCODE = '" + code + "'";
}

/// PostgreSQL: the database as somebody who may do what is granted. The role goes with the test.
class as_role {
 public:
  explicit as_role(const database_fixture& database) : database_(database) {
    name_ = "role_" + answer(database, "SELECT replace(gen_random_uuid()::text, '-', '')");
    database.run({"CREATE ROLE " + name_ + " LOGIN PASSWORD 'x'"});
  }
  ~as_role() { database_.run({"DROP OWNED BY " + name_, "DROP ROLE " + name_}); }
  as_role(const as_role&) = delete;
  as_role& operator=(const as_role&) = delete;

  void grant(const std::string& what) const {
    database_.run({"GRANT " + what + " ON t TO " + name_});
  }
  void revoke(const std::string& what) const {
    database_.run({"REVOKE " + what + " ON t FROM " + name_});
  }
  [[nodiscard]] std::string connection_string() const {
    // The password is the last attribute of the server's string, in braces; the database follows.
    auto text = database_.connection_string();
    const auto uid = text.find("Uid=");
    text.erase(uid, text.find(';', uid) + 1 - uid);
    const auto password = text.find("Pwd={");
    const auto end = text.find("}", text.rfind("}}") + 2);
    text.erase(password, end + 1 - password);
    text += (text.ends_with(';') ? "Uid=" : ";Uid=") + name_ + ";Pwd=x";
    return text;
  }

 private:
  const database_fixture& database_;
  std::string name_;
};

}  // namespace

TEST_CASE("what is refused alone while others pass is rejected, whatever its code") {
  // Of other products, of no class at all, and some that elsewhere mean the whole destination.
  for (const auto* code : {"PT403", "42501", "42P01", "0A000", "XX000", "25006", "F0000"}) {
    CAPTURE(code);
    const database_fixture database(product::postgresql);
    database.run({plain_table});
    on_rows(database, "NEW.v IN (0, 250, 499)", raise(code));
    const auto out = way_into(database.connection_string(), "t");
    const auto outcome = out->deliver(numbered(0, 500));
    CHECK(with_fate(outcome, fate::rejected) == positions{0, 250, 499});
    CHECK(with_fate(outcome, fate::delivered).size() == 497);
    CHECK(contains(outcome.rejections.at(1).reason, "not this one"));
    CHECK(answer(database, "SELECT count(*) FROM t") == "497");
  }
}

TEST_CASE("MariaDB: what a trigger signals rejects its row, whatever its number") {
  for (const auto* signal : {"SQLSTATE '45000'", "SQLSTATE '42000' SET MYSQL_ERRNO = 1142",
                             "SQLSTATE 'HY000' SET "
                             "MYSQL_ERRNO = 1290",
                             "SQLSTATE '0A000' SET MYSQL_ERRNO = 30001"}) {
    CAPTURE(signal);
    const database_fixture database(product::mariadb);
    database.run({plain_table, std::string("CREATE TRIGGER act BEFORE INSERT ON t FOR EACH ROW "
                                           "IF NEW.v = 77 THEN SIGNAL ") +
                                   signal + "; END IF"});
    const auto outcome = way_into(database.connection_string(), "t")->deliver(numbered(0, 500));
    CHECK(with_fate(outcome, fate::rejected) == positions{77});
    CHECK(answer(database, "SELECT count(*) FROM t") == "499");
  }
}

TEST_CASE("a policy refuses its rows only") {
  const database_fixture database(product::postgresql);
  database.run({plain_table, "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY p ON t USING (v <> 33) WITH CHECK (v <> 33)"});
  const as_role role(database);
  role.grant("ALL");
  const auto out = way_into(role.connection_string(), "t");
  CHECK(with_fate(out->deliver(numbered(0, 100)), fate::rejected) == positions{33});
  CHECK(answer(database, "SELECT count(*) FROM t") == "99");

  SUBCASE("also one that comes alone") {
    CHECK(with_fate(out->deliver(numbered(33, 34)), fate::rejected) == positions{0});
  }
  SUBCASE("also a stretch of them, since the rows before were taken") {
    database.run({"ALTER POLICY p ON t WITH CHECK (v < 200)"});
    CHECK(with_fate(out->deliver(numbered(200, 300)), fate::rejected).size() == 100);
  }
}

TEST_CASE("a row that is alone in its run is rejected if the table can be written") {
  const database_fixture database(product::postgresql);
  database.run({plain_table});
  on_rows(database, "NEW.v = 1", raise("PT403"));
  const auto out = way_into(database.connection_string(), "t");
  CHECK(with_fate(out->deliver(numbered(1, 2)), fate::rejected) == positions{0});
}

TEST_CASE("in every mode, a row is tried against the whole table") {
  for (const auto mode : {sync_mode::insert, sync_mode::update, sync_mode::append}) {
    CAPTURE(to_string(mode));
    const database_fixture database(product::postgresql);
    database.run({plain_table, "INSERT INTO t SELECT i, 0 FROM generate_series(100, 149) i"});
    on_rows(database, "NEW.v = 120", raise("PT403"));
    auto context = context_of({{"id", value_kind::integer}, {"v", value_kind::integer}});
    context.mode = mode;
    const auto out = way_into(database.connection_string(), "t", context);
    const auto first = mode == sync_mode::update ? 100 : 0;
    if (mode != sync_mode::update) database.run({"TRUNCATE t"});
    const auto outcome = out->deliver(numbered(first, 150));
    CHECK(with_fate(outcome, fate::rejected) == positions{static_cast<std::size_t>(120 - first)});
    CHECK(with_fate(out->deliver(numbered(120, 121)), fate::rejected) == positions{0});
  }
}

TEST_CASE("what all rows meet is the destination's failure, and no row is rejected for it") {
  const database_fixture database(product::postgresql);
  database.run({plain_table});
  const as_role role(database);

  SUBCASE("no right to insert") {
    role.grant("SELECT, UPDATE, DELETE");
    const auto out = way_into(role.connection_string(), "t");
    for (const int rows : {1, 3, 100}) {
      const auto text = failure_text([&] { out->deliver(numbered(0, rows)); });
      CHECK(contains(text, "destination_failed: deliver to table 't'"));
      CHECK(contains(text, "permission denied"));
      CHECK(contains(text, "check the table and the permissions"));
    }
  }
  SUBCASE("a right that is taken away while rows are delivered") {
    role.grant("ALL");
    const auto out = way_into(role.connection_string(), "t");
    CHECK(with_fate(out->deliver(numbered(0, 100)), fate::delivered).size() == 100);
    role.revoke("INSERT");
    CHECK(contains(failure_text([&] { out->deliver(numbered(100, 200)); }), "permission denied"));
    CHECK(contains(failure_text([&] { out->deliver(numbered(100, 101)); }), "permission denied"));
  }
  SUBCASE("no right to delete") {
    role.grant("SELECT, INSERT, UPDATE");
    const auto out = way_into(role.connection_string(), "t");
    out->deliver(numbered(0, 10));
    CHECK(contains(failure_text([&] { out->deliver(erased(0, 10)); }), "permission denied"));
    CHECK(contains(failure_text([&] { out->deliver(erased(0, 1)); }), "permission denied"));
    CHECK(answer(database, "SELECT count(*) FROM t") == "10");
  }
  SUBCASE("a trigger that is broken") {
    on_rows(database, "true", "INSERT INTO audit VALUES (NEW.id)");
    const auto out = way_into(database.connection_string(), "t");
    CHECK(contains(failure_text([&] { out->deliver(numbered(0, 100)); }), "\"audit\""));
  }
  SUBCASE("a trigger that breaks when there are rows") {
    const auto out = way_into(database.connection_string(), "t");
    out->deliver(numbered(0, 10));
    on_rows(database, "true", "INSERT INTO audit VALUES (NEW.id)");
    CHECK(contains(failure_text([&] { out->deliver(numbered(10, 12)); }), "\"audit\""));
  }
  SUBCASE("a table that is gone") {
    const auto out = way_into(database.connection_string(), "t");
    out->deliver(numbered(0, 10));
    database.run({"DROP TABLE t"});
    CHECK(contains(failure_text([&] { out->deliver(numbered(10, 12)); }), "does not exist"));
  }
}

TEST_CASE("MariaDB and SQLite: what all rows meet is the destination's failure") {
  for (const auto kind : {product::mariadb, product::sqlite}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({plain_table});
    const auto out = way_into(database.connection_string(), "t");
    out->deliver(numbered(0, 10));
    database.run(
        {"CREATE TRIGGER broken BEFORE INSERT ON t FOR EACH ROW BEGIN INSERT INTO "
         "audit VALUES (NEW.id); END"});
    for (const int rows : {1, 3, 100})
      CHECK(contains(failure_text([&] { out->deliver(numbered(10, 10 + rows)); }), "audit"));
    CHECK(answer(database, "SELECT count(*) FROM t") == "10");
  }
}

TEST_CASE("what a deferred trigger raises at the commit rejects its row, whatever its code") {
  const database_fixture database(product::postgresql);
  database.run({plain_table,
                "CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
                    raise("PT403") + "; RETURN NULL; END $$",
                "CREATE CONSTRAINT TRIGGER act AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW WHEN (NEW.v IN (7, 8)) EXECUTE FUNCTION act()"});
  const auto out = way_into(database.connection_string(), "t");
  CHECK(with_fate(out->deliver(numbered(0, 300)), fate::rejected) == positions{7, 8});
  CHECK(answer(database, "SELECT count(*) FROM t") == "298");
  CHECK(with_fate(out->deliver(numbered(7, 8)), fate::rejected) == positions{0});
}

TEST_CASE("a delete that is refused rejects its row, whatever its code") {
  const database_fixture database(product::postgresql);
  database.run({plain_table});
  on_rows(database, "OLD.v IN (3, 50)", raise("42501"), "DELETE");
  const auto out = way_into(database.connection_string(), "t");
  out->deliver(numbered(0, 100));
  CHECK(with_fate(out->deliver(erased(0, 100)), fate::rejected) == positions{3, 50});
  CHECK(with_fate(out->deliver(erased(3, 4)), fate::rejected) == positions{0});
  CHECK(answer(database, "SELECT count(*) FROM t") == "2");
}

TEST_CASE("a row that takes longer than the server allows is rejected alone") {
  const database_fixture database(product::postgresql);
  database.run({plain_table});
  on_rows(database, "NEW.v = 5", "PERFORM pg_sleep(30)");
  const auto name = answer(database, "SELECT current_database()");
  database.run({"ALTER DATABASE " + name + " SET statement_timeout = '1s'"});
  const auto out = way_into(database.connection_string(), "t");
  const auto outcome = out->deliver(numbered(4, 8));
  CHECK(with_fate(outcome, fate::rejected) == positions{1});
  CHECK(contains(outcome.rejections.at(0).reason, "statement timeout"));
  CHECK(answer(database, "SELECT count(*) FROM t") == "3");
}

TEST_CASE("a row over which the server always drops the connection is rejected alone") {
  const database_fixture database(product::postgresql);
  database.run({plain_table});
  on_rows(database, "NEW.v = 5", "PERFORM pg_terminate_backend(pg_backend_pid())");
  const auto out = way_into(database.connection_string(), "t");
  const auto outcome = out->deliver(numbered(0, 16));
  CHECK(with_fate(outcome, fate::rejected) == positions{5});
  CHECK(answer(database, "SELECT count(*) FROM t") == "15");

  SUBCASE("and if it does so for all rows, that is the destination's failure") {
    database.run({"DROP TRIGGER act ON t", "TRUNCATE t",
                  "CREATE TRIGGER act BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION act()"});
    const auto again = way_into(database.connection_string(), "t");
    CHECK(contains(failure_text([&] { again->deliver(numbered(0, 16)); }),
                   "the server ended the connection"));
  }
}
