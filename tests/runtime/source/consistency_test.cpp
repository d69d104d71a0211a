// Which sources a pass reads as one state of the database, and which it may not mirror.
#include <doctest/doctest.h>

#include <set>

#include "messages/error.hpp"
#include "tests/runtime/source/read_model.hpp"
#include "tests/support/unproven_database.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using source::read_result;

namespace {

config::source_config mirrored(const std::string& connection_string, std::string table = "t") {
  return {.odbc = config::secret_string(connection_string),
          .table = std::move(table),
          .query = std::nullopt,
          .key = {"id"},
          .mirrored = true};
}

error refusal_of(const config::source_config& source) {
  try {
    source::open_model("shop", source, {});
  } catch (const failure& e) {
    return e.info();
  }
  return {};
}

std::multiset<std::string> ids_read(source::model_reader& reader) {
  std::multiset<std::string> found;
  for (auto r = reader.next(); r != read_result::end; r = reader.next())
    found.insert(std::string(reader.values()[0].bytes));
  return found;
}

}  // namespace

TEST_CASE("a mirror of a database of unknown isolation is refused unless the user vouches for it") {
  const relative_of_postgresql database;
  database.run({"CREATE TABLE t (id bigint PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)"});
  auto source = mirrored(database.connection_string());
  const auto error = refusal_of(source);
  CHECK(error.code == errc::source_failed);
  CHECK(error.object == "shop");
  CHECK(error.cause.find("Amazon Redshift may skip rows") != std::string::npos);
  CHECK(error.hint.find("\"consistent_reads\": true") != std::string::npos);
  source.consistent_reads = true;
  CHECK(read_all(source).size() == 2);
  source.consistent_reads = source.mirrored = false;
  CHECK(read_all(source).size() == 2);
}

TEST_CASE("the databases that are known are mirrored") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY)", "INSERT INTO t VALUES (1)"});
    CHECK(refusal_of(mirrored(database.connection_string())).code == errc::none);
  }
}

TEST_CASE("MariaDB: tables without transactions are read as they were when the pass began") {
  constexpr std::size_t rows = 25'000;  // several pages
  for (const auto* engine : {"MyISAM", "Aria", "Aria TRANSACTIONAL=0", "MEMORY", "InnoDB"}) {
    CAPTURE(engine);
    const database_fixture database(product::mariadb);
    database.run({std::string("CREATE TABLE t (id BIGINT PRIMARY KEY, v INT) ENGINE=") + engine,
                  "INSERT INTO t SELECT seq, 0 FROM seq_1_to_" + std::to_string(rows)});
    const auto reader = source::open_model("shop", mirrored(database.connection_string()), {});
    reader->begin({0});
    REQUIRE(reader->next() == read_result::row);
    // Rows move behind what has been read, vanish before it, and come anew.
    database.run({"DELETE FROM t WHERE id % 2 = 0", "UPDATE t SET id = -id WHERE id > 20000",
                  "INSERT INTO t VALUES (10000000, 1)"});
    const auto found = ids_read(*reader);
    CHECK(found.size() == rows - 1);
    CHECK(std::set(found.begin(), found.end()).size() == rows - 1);
    CHECK_FALSE(found.contains("10000000"));
  }
}

TEST_CASE("MariaDB: a table whose rows lie with another server is read and not mirrored") {
  const database_fixture database(product::mariadb);
  const auto name = database.connect().query("SELECT DATABASE()")[0][0].value();
  database.run({"INSTALL PLUGIN IF NOT EXISTS federated SONAME 'ha_federatedx'",
                "CREATE USER '" + name + "'@'%' IDENTIFIED BY 'secret'",
                "GRANT SELECT ON " + name + ".* TO '" + name + "'@'%'",
                "CREATE TABLE there (id BIGINT PRIMARY KEY)", "INSERT INTO there VALUES (1), (2)",
                "CREATE TABLE t (id BIGINT PRIMARY KEY) ENGINE=FEDERATED CONNECTION='mysql://" +
                    name + ":secret@127.0.0.1:" + required_environment("SLUICE_TEST_MARIADB_PORT") +
                    "/" + name + "/there'"});
  auto source = mirrored(database.connection_string());
  const auto error = refusal_of(source);
  CHECK(error.cause.find("a FEDERATED table of MariaDB may skip rows") != std::string::npos);
  CHECK(error.hint.find("\"consistent_reads\": true") != std::string::npos);
  CHECK(refusal_of(mirrored(database.connection_string(), "there")).code == errc::none);
  source.consistent_reads = true;
  CHECK(read_all(source).size() == 2);
  database.run({"DROP USER '" + name + "'@'%'"});
}

TEST_CASE("Virtuoso: plain tables are read and not mirrored") {
  const auto connection_string = virtuoso_connection_string();
  const auto table = fresh_table_name();
  odbc::connection on({.connection_string = connection_string, .use = odbc::purpose::write});
  const auto quoted = on.quote_table(table);  // else it would be in capitals
  on.execute("CREATE TABLE " + quoted +
             " (\"id\" INTEGER NOT NULL PRIMARY KEY, \"name\" VARCHAR(100), \"n\" DECIMAL(12,2))");
  on.execute("INSERT INTO " + quoted + " VALUES (1, 'Ada', 1.5)");
  on.execute("INSERT INTO " + quoted + " VALUES (2, 'O''Hara', NULL)");
  auto source = mirrored(connection_string, table);
  const auto error = refusal_of(source);
  CHECK(error.cause.find("Virtuoso") != std::string::npos);
  CHECK(error.hint.find("consistent_reads") != std::string::npos);
  source.mirrored = false;
  auto found = read_all(source);
  REQUIRE(found.size() == 2);
  CHECK(found[0].values[1] == "text:Ada");
  CHECK(found[1].values[1] == "text:O'Hara");
  CHECK(found[1].values[2] == "-");
  // By cursor: the highest value, then what lies at or past it, and rejected rows by key.
  source.cursor = config::cursor_config{"id"};
  const auto reader = source::open_model("shop", source, {});
  reader->begin({0});
  CHECK(ids_read(*reader) == std::multiset<std::string>{"1", "2"});
  REQUIRE(reader->reached() == "2");
  reader->begin({0}, {.cursor = "2"});
  CHECK(ids_read(*reader) == std::multiset<std::string>{"2"});
  std::string key;
  append_value(key, value_kind::integer, "1");
  reader->begin({0}, {.cursor = "2", .keys = {key}});
  CHECK(ids_read(*reader) == std::multiset<std::string>{"1", "2"});
  on.execute("DROP TABLE " + quoted);
}
