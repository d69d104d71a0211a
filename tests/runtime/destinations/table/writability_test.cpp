// What keeps rows out of a table that fits them, as real databases tell it.
#include "runtime/destinations/table/writability.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

const std::vector<named_kind> columns{{"id", value_kind::integer}, {"note", value_kind::text}};

/// What is found by whoever connects with `connection_string`.
writability found(const std::string& connection_string, sync_mode mode = sync_mode::mirror) {
  odbc::connection on({.connection_string = connection_string, .use = odbc::purpose::read});
  auto context = context_of(columns);
  context.mode = mode;
  const auto table = describe_table(on, "t");
  REQUIRE(table);
  return find_writability(on, *table, lay_out(context, *table, on.kind()));
}

std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += text + "\n";
  return out;
}

/// `text` with the value of `Uid` replaced; the password stays.
std::string as_user(std::string text, const std::string& user) {
  const auto begin = text.find("Uid=") + 4;
  return text.replace(begin, text.find(';', begin) - begin, user);
}

void create_table(const database_fixture& database) {
  database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, note VARCHAR(20))"});
}

/// A user of the server with the password of the tests' own, for as long as this lives.
class other_user {
 public:
  explicit other_user(const database_fixture& database)
      : database_(database), name_("user_" + std::to_string(::getpid())) {
    const auto password = database.kind() == product::postgresql ? " LOGIN PASSWORD 's;l}u ice'"
                                                                 : "@'%' IDENTIFIED BY 's;l}u ice'";
    database.run({(database.kind() == product::postgresql ? "CREATE ROLE " : "CREATE USER ") +
                  name_ + password});
  }
  ~other_user() {
    if (database_.kind() == product::postgresql) {
      database_.run({"DROP OWNED BY " + name_, "DROP ROLE " + name_});
    } else {
      database_.run({"DROP USER " + name_});
    }
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string connection_string() const {
    return as_user(database_.connection_string(), name_);
  }

 private:
  const database_fixture& database_;
  std::string name_;
};

}  // namespace

TEST_CASE("a table that takes rows has no problem") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    create_table(database);
    for (const auto mode : {sync_mode::upsert, sync_mode::mirror, sync_mode::insert,
                            sync_mode::update, sync_mode::append}) {
      const auto all = found(database.connection_string(), mode);
      CHECK_MESSAGE(all.problems.empty(), listed(all.problems));
      CHECK(all.warnings.empty());
    }
    CHECK(database.connect().query("SELECT id FROM t").empty());
  }
}

TEST_CASE("PostgreSQL: privileges are asked for by column and mode") {
  const database_fixture database(product::postgresql);
  create_table(database);
  const other_user user(database);
  database.run({"GRANT SELECT, INSERT ON t TO " + user.name()});
  CHECK(listed(found(user.connection_string()).problems) ==
        "the user '" + user.name() + "' lacks UPDATE (note), DELETE: GRANT it on \"t\"\n");
  CHECK(found(user.connection_string(), sync_mode::insert).problems.empty());
  database.run({"GRANT UPDATE (note) ON t TO " + user.name()});
  CHECK(found(user.connection_string(), sync_mode::upsert).problems.empty());
  database.run(
      {"REVOKE SELECT ON t FROM " + user.name(), "GRANT SELECT (note) ON t TO " + user.name()});
  CHECK(
      contains(listed(found(user.connection_string(), sync_mode::upsert).problems), "SELECT (id)"));
}

TEST_CASE("PostgreSQL: row-level security is told of where it applies and rules are") {
  const database_fixture database(product::postgresql);
  create_table(database);
  const other_user user(database);
  database.run({"GRANT ALL ON t TO " + user.name(), "ALTER TABLE t ENABLE ROW LEVEL SECURITY"});
  const auto theirs = found(user.connection_string());
  CHECK(theirs.problems.empty());
  CHECK(contains(listed(theirs.warnings), "row-level security of 't' applies to the user"));
  CHECK(found(database.connection_string()).warnings.empty());  // superusers bypass it
  database.run({"CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING"});
  CHECK(contains(listed(found(database.connection_string()).warnings), "rewrite rules"));
}

TEST_CASE("PostgreSQL: a standby and a read-only database are told apart") {
  const database_fixture database(product::postgresql);
  create_table(database);
  // A name in a schema that is found first: a standby of its own would take a second server.
  database.run({"CREATE SCHEMA pretended",
                "CREATE FUNCTION pretended.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS "
                "'SELECT true'"});
  const auto set = [&](const std::string& setting) {
    database.run({"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET " + setting +
                  "', current_database()); END $$"});
  };
  set("search_path = pretended, pg_catalog, public");
  CHECK(contains(listed(found(database.connection_string()).problems), "hot standby"));
  set("search_path = public");
  set("default_transaction_read_only = on");
  CHECK(contains(listed(found(database.connection_string()).problems),
                 "default_transaction_read_only"));
}

TEST_CASE("PostgreSQL: a schema in which nothing may be created is named") {
  const database_fixture database(product::postgresql);
  const other_user user(database);
  database.run({"CREATE SCHEMA closed", "GRANT USAGE ON SCHEMA closed TO " + user.name()});
  odbc::connection on({.connection_string = user.connection_string()});
  CHECK(contains(listed(find_creatability(on, "closed.t").problems),
                 "may not create tables in the schema 'closed'"));
  odbc::connection owner({.connection_string = database.connection_string()});
  CHECK(find_creatability(owner, "closed.t").problems.empty());
  CHECK(find_creatability(owner, "t").problems.empty());
}

TEST_CASE("MariaDB: missing privileges and read-only sessions are found") {
  const database_fixture database(product::mariadb);
  create_table(database);
  const other_user user(database);
  database.run({"GRANT SELECT, INSERT ON t TO " + user.name()});
  const auto all = listed(found(user.connection_string()).problems);
  CHECK(contains(all, "UPDATE command denied"));
  CHECK(contains(all, "DELETE command denied"));
  CHECK_FALSE(contains(all, "INSERT command denied"));
  CHECK(found(user.connection_string(), sync_mode::insert).problems.empty());
  CHECK(contains(
      listed(found(database.connection_string() + ";INITSTMT={SET SESSION tx_read_only = 1}")
                 .problems),
      "tx_read_only"));
  CHECK(database.connect().query("SELECT id FROM t").empty());
}

TEST_CASE(
    "SQLite: a file that cannot be written and a folder without room for a journal are found") {
  const database_fixture database(product::sqlite);
  create_table(database);
  const auto text = database.connection_string();
  const std::filesystem::path file = text.substr(text.find("Database=") + 9);
  using std::filesystem::permissions;
  using std::filesystem::perms;
  permissions(file.parent_path(), perms::all);
  permissions(file, perms::owner_read | perms::group_read | perms::others_read);
  // Root may write anything.
  const auto root = ::geteuid() == 0;
  constexpr uid_t nobody = 65534;
  const auto problems = [&] {
    if (root) REQUIRE(::seteuid(nobody) == 0);
    const auto all = listed(found(text).problems);
    if (root) REQUIRE(::seteuid(0) == 0);
    return all;
  };
  CHECK(contains(problems(), "cannot be written"));
  permissions(file, perms::all);
  permissions(file.parent_path(), perms::owner_read | perms::owner_exec | perms::group_exec |
                                      perms::others_read | perms::others_exec);
  CHECK(contains(problems(), "its journal has to stand"));
  permissions(file.parent_path(), perms::all);
  CHECK(problems().empty());
}
