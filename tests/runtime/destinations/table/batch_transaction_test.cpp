#include "runtime/destinations/table/batch_transaction.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/destinations/table/product_writers.hpp"
#include "runtime/destinations/table/table_writer_factory.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using odbc::product;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;

/// A table whose third column is between 0 and 99, and how rows get into it.
struct numbers {
  explicit numbers(product kind, sync_mode mode = sync_mode::mirror) : database(kind) {
    database.run(
        {"CREATE TABLE t (a BIGINT NOT NULL, b VARCHAR(9) NOT NULL, n BIGINT CHECK (n < 100), "
         "PRIMARY KEY (a, b))"});
    connection.emplace(database.connect());
    context.mode = mode;
    layout = lay_out(context, *describe_table(*connection, "t"), kind);
  }

  transaction_end run(table_writer& writer, const batch& deltas) {
    column_converter converter(connection->kind(), layout.columns);
    batch_outcome outcome;
    outcome.fates.assign(deltas.size(), fate::undelivered);
    const auto rows = prepare(deltas, layout, converter, byte_count{1u << 20}, outcome);
    return batch_transaction(*connection, writer).run(rows, batch_part::whole(rows));
  }

  database_fixture database;
  delivery_context context = context_of(
      {{"a", value_kind::integer}, {"b", value_kind::text}, {"n", value_kind::integer}}, 2);
  std::optional<odbc::connection> connection;
  table_layout layout;
};

}  // namespace

TEST_CASE("the generic writer upserts and deletes on every database") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    numbers t(kind);
    auto writer = make_generic_writer(*t.connection, t.layout);
    t.run(*writer, upserts({{integer("1"), text("x"), integer("1")},
                            {integer("2"), text("x"), integer("2")},
                            {integer("3"), text("x"), integer("3")}},
                           2));
    // The first row does not change: MariaDB counts 0 rows for it.
    t.run(*writer, upserts({{integer("1"), text("x"), integer("1")},
                            {integer("2"), text("x"), null_value},
                            {integer("2"), text("y"), integer("5")}},
                           2));
    t.run(*writer, erases({{integer("3"), text("x")}, {integer("4"), text("x")}}));
    CHECK(t.database.connect().query("SELECT a, b, n FROM t ORDER BY a, b") ==
          cells{{"1", "x", "1"}, {"2", "x", std::nullopt}, {"2", "y", "5"}});
  }
}

TEST_CASE("the generic writer writes as every mode says") {
  struct expectation {
    sync_mode mode;
    cells rows;
    std::size_t rejected;
  };
  const std::vector<expectation> all{
      {sync_mode::upsert, {{"1", "x", "9"}, {"2", "x", "2"}, {"3", "x", "3"}}, 0},
      {sync_mode::insert, {{"1", "x", "1"}, {"2", "x", "2"}, {"3", "x", "3"}}, 0},
      {sync_mode::update, {{"1", "x", "9"}, {"2", "x", "2"}}, 1}};
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    for (const auto& expected : all) {
      CAPTURE(to_string(expected.mode));
      numbers t(kind, expected.mode);
      t.database.run({"INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2)"});
      auto writer = make_generic_writer(*t.connection, t.layout);
      // The second row is as it should be: MariaDB counts 0 rows for it.
      const auto end = t.run(*writer, upserts({{integer("1"), text("x"), integer("9")},
                                               {integer("2"), text("x"), integer("2")},
                                               {integer("3"), text("x"), integer("3")}},
                                              2));
      CHECK(end.what == transaction_end::how::committed);
      CHECK(end.rejected.size() == expected.rejected);
      for (const auto& r : end.rejected) CHECK(r.index == 2);
      CHECK(t.database.connect().query("SELECT a, b, n FROM t ORDER BY a, b") == expected.rows);
    }
  }
}

TEST_CASE("the generic writer appends to a table without a key") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (a BIGINT)"});
    auto connection = database.connect();
    auto context = context_of({{"a", value_kind::integer}});
    context.mode = sync_mode::append;
    const auto layout = lay_out(context, *describe_table(connection, "t"), kind);
    auto writer = make_generic_writer(connection, layout);
    const std::vector<value_view> rows{integer("1"), integer("1")};
    connection.begin();
    CHECK(writer->write({rows.data(), 1, row_count{2}}).empty());
    connection.commit();
    CHECK(database.connect().query("SELECT a FROM t") == cells{{"1"}, {"1"}});
  }
}

TEST_CASE("the generic writer sets what a delete is to set") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    numbers t(kind);
    t.database.run({"INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2)"});
    t.layout.on_delete = {{2, value_kind::integer, "77"}};
    auto writer = make_generic_writer(*t.connection, t.layout);
    CHECK(t.run(*writer, erases({{integer("1"), text("x")}, {integer("5"), text("x")}}))
              .rejected.empty());
    CHECK(t.database.connect().query("SELECT a, n FROM t ORDER BY a") ==
          cells{{"1", "77"}, {"2", "2"}});
  }
}

TEST_CASE("a missing row and bad rows of mode update are told apart without savepoints") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    numbers t(kind, sync_mode::update);
    t.database.run({"INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2), (4, 'x', 4)"});
    auto writer = make_generic_writer(*t.connection, t.layout);
    auto end = t.run(*writer, upserts({{integer("1"), text("x"), integer("11")},
                                       {integer("2"), text("x"), integer("200")},
                                       {integer("3"), text("x"), integer("3")},
                                       {integer("4"), text("x"), integer("14")}},
                                      2));
    std::sort(end.rejected.begin(), end.rejected.end(),
              [](const auto& a, const auto& b) { return a.index < b.index; });
    REQUIRE(end.rejected.size() == 2);
    CHECK(end.rejected[0].index == 1);
    CHECK(end.rejected[1].index == 2);
    CHECK(contains(end.rejected[1].reason, "no row with this key"));
    CHECK(t.database.connect().query("SELECT a, n FROM t ORDER BY a") ==
          cells{{"1", "11"}, {"2", "2"}, {"4", "14"}});
  }
}

TEST_CASE("the generic writer rejects bad rows without savepoints") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    numbers t(kind);
    auto writer = make_generic_writer(*t.connection, t.layout);
    const auto end = t.run(*writer, upserts({{integer("1"), text("x"), integer("1")},
                                             {integer("2"), text("x"), integer("200")},
                                             {integer("3"), text("x"), integer("3")},
                                             {integer("4"), text("x"), integer("400")}},
                                            2));
    CHECK(end.what == transaction_end::how::committed);
    REQUIRE(end.rejected.size() == 2);
    CHECK(end.rejected[0].index == 1);
    CHECK(end.rejected[1].index == 3);
    CHECK(t.database.connect().query("SELECT a FROM t ORDER BY a") == cells{{"1"}, {"3"}});
  }
}

TEST_CASE("a batch is split into statements that the database takes") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    numbers t(kind);
    auto writer = make_table_writer(*t.connection, t.layout);
    std::vector<std::string> ids;
    for (int i = 0; i < 12'000; ++i) ids.push_back(std::to_string(i));
    std::vector<std::vector<value_view>> rows, keys;
    for (const auto& id : ids) rows.push_back({integer(id), text("x"), integer("1")});
    for (const auto& id : ids)
      if (id != "77") keys.push_back({integer(id), text("x")});
    CHECK(t.run(*writer, upserts(rows, 2)).rejected.empty());
    CHECK(t.database.connect().query("SELECT count(*) FROM t") == cells{{"12000"}});
    CHECK(t.run(*writer, erases(keys)).rejected.empty());
    CHECK(t.database.connect().query("SELECT a FROM t") == cells{{"77"}});
  }
}

TEST_CASE("halves of a part cover it once and in order") {
  const batch_part erases{0, 5, 0, 0}, both{2, 4, 1, 9}, upserts{4, 4, 0, 2};
  for (const auto& part : {erases, both, upserts}) {
    const auto [first, second] = part.halves();
    CHECK(first.size() > 0);
    CHECK(second.size() > 0);
    CHECK(first.size() + second.size() == part.size());
    CHECK(first.end_erase - first.first_erase + (second.end_erase - second.first_erase) ==
          part.end_erase - part.first_erase);
    CHECK(first.first_erase == part.first_erase);
    CHECK(second.end_write == part.end_write);
  }
}

TEST_CASE("PostgreSQL: columns of every sort of type take their text forms") {
  const database_fixture database(product::postgresql);
  database.run(
      {"CREATE DOMAIN score AS integer CHECK (VALUE BETWEEN 0 AND 100)",
       "CREATE TYPE mood AS ENUM ('sad', 'very happy')",
       "CREATE TABLE t (id bigint PRIMARY KEY, a integer[], b text[][], c score, d mood, "
       "e char(3), f varchar(3), g inet, h interval, i xml, j bit(3), k money, l \"char\", "
       "m int4range)"});
  auto connection = database.connect();
  const auto context = context_of({{"id", value_kind::integer},
                                   {"a", value_kind::text},
                                   {"b", value_kind::text},
                                   {"c", value_kind::integer},
                                   {"d", value_kind::text},
                                   {"e", value_kind::text},
                                   {"f", value_kind::text},
                                   {"g", value_kind::text},
                                   {"h", value_kind::text},
                                   {"i", value_kind::text},
                                   {"j", value_kind::text},
                                   {"k", value_kind::text},
                                   {"l", value_kind::text},
                                   {"m", value_kind::text}});
  const auto layout = lay_out(context, *describe_table(connection, "t"), product::postgresql);
  auto writer = make_table_writer(connection, layout);
  const std::vector<value_view> row{integer("1"),
                                    text("{1,NULL,3}"),
                                    text(R"({{"a,b",c},{"d\"e",NULL}})"),
                                    integer("100"),
                                    text("very happy"),
                                    text("xyz"),
                                    text("abc"),
                                    text("10.0.0.0/8"),
                                    text("1 day 02:03:04"),
                                    text("<a>&amp;</a>"),
                                    text("101"),
                                    text("$1,234.50"),
                                    text("q"),
                                    text("[1,5)")};
  const std::vector<value_view> nulls{integer("2"), {}, {}, {}, {}, {}, {},
                                      {},           {}, {}, {}, {}, {}, {}};
  connection.begin();
  std::vector<value_view> both(row);
  both.insert(both.end(), nulls.begin(), nulls.end());
  writer->write({both.data(), row.size(), row_count{2}});
  connection.commit();
  const auto read = database.connect().query(
      "SELECT id::text, a::text, b::text, c::text, d::text, e::text, f, g::text, h::text, i::text, "
      "j::text, k::text, l::text, m::text FROM t ORDER BY id");
  REQUIRE(read.size() == 2);
  for (std::size_t c = 0; c < row.size(); ++c) {
    CAPTURE(c);
    CHECK(read[0][c].value_or("NULL") == row[c].bytes);
    CHECK(read[1][c].has_value() == (c == 0));
  }
}
