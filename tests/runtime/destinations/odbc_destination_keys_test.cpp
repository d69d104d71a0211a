// Keys: composite, alone in their table, of any collation, and beside other unique indexes.
#include <doctest/doctest.h>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/table_way_in.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;

const delivery_context id_and_mail =
    context_of({{"id", value_kind::integer}, {"mail", value_kind::text}});
const delivery_context code_and_n =
    context_of({{"code", value_kind::text}, {"n", value_kind::integer}});

}  // namespace

TEST_CASE("rows with composite keys are upserted and deleted") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run(
        {"CREATE TABLE t (n VARCHAR(20), code VARCHAR(20) NOT NULL, tenant BIGINT NOT NULL, "
         "PRIMARY KEY (code, tenant))"});
    const auto out = opened(database, context_of({{"tenant", value_kind::integer},
                                                  {"code", value_kind::text},
                                                  {"n", value_kind::text}},
                                                 2));
    CHECK(out->deliver(upserts({{integer("1"), text("a"), text("1a")},
                                {integer("1"), text("b"), text("1b")},
                                {integer("2"), text("a"), text("2a")}},
                               2))
              .rejections.empty());
    CHECK(out->deliver(upserts({{integer("2"), text("a"), null_value}}, 2)).rejections.empty());
    CHECK(out->deliver(erases({{integer("1"), text("a")}, {integer("2"), text("b")}})).fates ==
          std::vector(2, fate::delivered));
    CHECK(database.connect().query("SELECT tenant, code, n FROM t ORDER BY 1, 2") ==
          cells{{"1", "b", "1b"}, {"2", "a", std::nullopt}});
  }
}

TEST_CASE("awkward names of tables and columns are no trouble") {
  const std::string table = "it's a ? table", column = "a?'b`\"c d{x}";
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    auto connection = database.connect();
    connection.execute("CREATE TABLE " + connection.quote_identifier(table) +
                       " (id BIGINT PRIMARY KEY, " + connection.quote_identifier(column) +
                       " VARCHAR(20))");
    auto out =
        make_odbc_destination({config::secret_string(database.connection_string()), table, false});
    out->open(context_of({{"id", value_kind::integer}, {column.c_str(), value_kind::text}}), {});
    CHECK(out->deliver(upserts({{integer("1"), text("x")}, {integer("2"), text("y")}}))
              .rejections.empty());
    CHECK(out->deliver(erases({{integer("2")}})).rejections.empty());
    CHECK(connection.query("SELECT * FROM " + connection.quote_identifier(table)) ==
          cells{{"1", "x"}});
  }
}

TEST_CASE("a table that is nothing but its key takes upserts") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (a BIGINT NOT NULL, b BIGINT NOT NULL, PRIMARY KEY (a, b))"});
    const auto out =
        opened(database, context_of({{"a", value_kind::integer}, {"b", value_kind::integer}}, 2));
    const auto rows = upserts({{integer("1"), integer("2")}, {integer("1"), integer("3")}}, 2);
    CHECK(out->deliver(rows).fates == std::vector(2, fate::delivered));
    CHECK(out->deliver(rows).fates == std::vector(2, fate::delivered));
    CHECK(database.connect().query("SELECT a, b FROM t").size() == 2);
  }
}

TEST_CASE("large integer keys are told apart to the last digit") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, mail VARCHAR(20))"});
    const auto out = opened(database, id_and_mail);
    std::vector<std::vector<value_view>> rows;
    for (const auto* id : {"9007199254740992", "9007199254740993", "9007199254740994"})
      rows.push_back({integer(id), text("x")});
    out->deliver(upserts(rows));
    out->deliver(erases({{integer("9007199254740993")}}));
    CHECK(database.connect().query("SELECT id FROM t ORDER BY id") ==
          cells{{"9007199254740992"}, {"9007199254740994"}});
  }
}

TEST_CASE("a key of zero stays zero") {
  const database_fixture database(product::mariadb);
  database.run({"CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, mail VARCHAR(20))"});
  opened(database, id_and_mail)->deliver(upserts({{integer("0"), text("x")}}));
  CHECK(database.connect().query("SELECT id FROM t") == cells{{"0"}});
}

TEST_CASE("a row that collides in another unique index is rejected and overwrites nothing") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, mail VARCHAR(20) UNIQUE)"});
    const auto out = opened(database, id_and_mail);
    out->deliver(upserts({{integer("1"), text("ada")}}));
    const auto outcome =
        out->deliver(upserts({{integer("2"), text("ada")}, {integer("3"), text("bob")}}));
    CHECK(outcome.fates == std::vector{fate::rejected, fate::delivered});
    REQUIRE(outcome.rejections.size() == 1);
    INFO(outcome.rejections[0].reason);
    CHECK((contains(outcome.rejections[0].reason, "uni") ||
           contains(outcome.rejections[0].reason, "UNIQUE")));
    CHECK(database.connect().query("SELECT id, mail FROM t ORDER BY id") ==
          cells{{"1", "ada"}, {"3", "bob"}});
    // A plain update of the same key is no collision.
    CHECK(out->deliver(upserts({{integer("1"), text("ada")}})).fates ==
          std::vector{fate::delivered});
  }
}

TEST_CASE("a batch that moves a unique value from a deleted row to a new one is delivered") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, mail VARCHAR(20) UNIQUE)"});
    const auto out = opened(database, id_and_mail);
    out->deliver(upserts({{integer("2"), text("ada")}}));
    batch both(1);
    both.append(operation::insert, {}, {}, packed({integer("1")}),
                packed({integer("1"), text("ada")}));
    both.append(operation::erase, {}, {}, packed({integer("2")}), {});
    CHECK(out->deliver(both).fates == std::vector(2, fate::delivered));
    CHECK(database.connect().query("SELECT id, mail FROM t") == cells{{"1", "ada"}});
  }
}

TEST_CASE(
    "MariaDB: a key that only its collation takes for another is never overwritten or deleted") {
  const database_fixture database(product::mariadb);
  database.run(
      {"CREATE TABLE t (code VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, n BIGINT)"});
  const auto out = opened(database, code_and_n);
  CHECK(out->deliver(upserts({{text("a"), integer("1")}})).rejections.empty());
  for (const auto* other : {"A", "a "}) {
    CAPTURE(other);
    const auto outcome =
        out->deliver(upserts({{text(other), integer("2")}, {text("b"), integer("3")}}));
    CHECK(outcome.fates == std::vector{fate::rejected, fate::delivered});
    REQUIRE(outcome.rejections.size() == 1);
    CHECK(contains(outcome.rejections[0].reason, "collation takes for equal"));
    CHECK(out->deliver(erases({{text(other)}})).fates == std::vector{fate::delivered});
  }
  CHECK(database.connect().query("SELECT code, n FROM t ORDER BY code") ==
        cells{{"a", "1"}, {"b", "3"}});
  CHECK(out->deliver(upserts({{text("a"), integer("9")}})).fates == std::vector{fate::delivered});
  CHECK(out->deliver(erases({{text("a")}})).fates == std::vector{fate::delivered});
  CHECK(database.connect().query("SELECT code FROM t") == cells{{"b"}});
}

TEST_CASE("a key whose collation folds texts is refused where rows could not be told apart") {
  const database_fixture sqlite(product::sqlite);
  sqlite.run({"CREATE TABLE t (code TEXT COLLATE NOCASE PRIMARY KEY, n BIGINT)"});
  CHECK(contains(failure_text([&] { opened(sqlite, code_and_n); }), "takes texts for equal"));
}
