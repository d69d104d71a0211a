// Modes insert, update and append, and deletes that set fields, on every real database.
#include <doctest/doctest.h>

#include <algorithm>

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

constexpr auto no_row = "the destination has no row with this key; mode update adds none";

delivery_context in_mode(sync_mode mode, const std::vector<named_kind>& columns,
                         std::size_t keys = 1) {
  auto context = context_of(columns, keys);
  context.mode = mode;
  return context;
}

const std::vector<named_kind> id_n_note{
    {"id", value_kind::integer}, {"n", value_kind::integer}, {"note", value_kind::text}};

/// A table `t` of these columns whose `n` is below 100.
struct notes {
  explicit notes(product kind) : database(kind) {
    database.run(
        {"CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL CHECK (n < 100), note "
         "VARCHAR(20))"});
  }
  [[nodiscard]] cells rows() const {
    return database.connect().query("SELECT id, n, note FROM t ORDER BY id");
  }
  database_fixture database;
};

std::vector<value_view> note_row(std::string_view id, std::string_view n, std::string_view note) {
  return {integer(id), integer(n), text(note)};
}

/// A batch of `count` rows from id 1 on, with this `n`, those whose id is in `bad` with a refused
/// one.
class many_rows {
 public:
  many_rows(int count, std::string n, const std::vector<int>& bad) : n_(std::move(n)) {
    for (int id = 1; id <= count; ++id) ids_.push_back(std::to_string(id));
    std::vector<std::vector<value_view>> rows;
    for (int id = 1; id <= count; ++id) {
      const bool is_bad = std::find(bad.begin(), bad.end(), id) != bad.end();
      const std::string_view value = is_bad ? std::string_view("100") : n_;
      rows.push_back(note_row(ids_[static_cast<std::size_t>(id - 1)], value, "new"));
    }
    batch_ = upserts(rows);
  }
  [[nodiscard]] const batch& deltas() const { return batch_; }

 private:
  std::string n_;
  std::vector<std::string> ids_;
  batch batch_;
};

std::size_t count_of(const batch_outcome& outcome, fate f) {
  return static_cast<std::size_t>(std::count(outcome.fates.begin(), outcome.fates.end(), f));
}

}  // namespace

TEST_CASE("mode insert leaves rows alone that are there and counts them as delivered") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const notes t(kind);
    t.database.run({"INSERT INTO t VALUES (1, 1, 'foreign')"});
    const auto out = opened(t.database, in_mode(sync_mode::insert, id_n_note));
    const auto first =
        out->deliver(upserts({note_row("1", "9", "new"), note_row("2", "2", "new")}));
    CHECK(first.fates == std::vector(2, fate::delivered));
    // In doubt, and delivered again with what the source has by then.
    CHECK(out->deliver(upserts({note_row("2", "5", "later")})).fates ==
          std::vector{fate::delivered});
    CHECK(t.rows() == cells{{"1", "1", "foreign"}, {"2", "2", "new"}});
  }
}

TEST_CASE("mode insert rejects rows that do not fit and inserts those around them") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const notes t(kind);
    t.database.run({"INSERT INTO t VALUES (500, 5, 'foreign')"});
    const auto out = opened(t.database, in_mode(sync_mode::insert, id_n_note));
    const many_rows rows(1'000, "1", {1, 617, 1'000});
    const auto outcome = out->deliver(rows.deltas());
    CHECK(count_of(outcome, fate::delivered) == 997);
    REQUIRE(outcome.rejections.size() == 3);
    CHECK(outcome.rejections[0].index == 0);
    CHECK(outcome.rejections[1].index == 616);
    CHECK(outcome.rejections[2].index == 999);
    const auto connection = t.database.connect().query("SELECT count(*), sum(n) FROM t");
    CHECK(connection == cells{{"997", std::to_string(996 + 5)}});
  }
}

TEST_CASE("mode insert does not take a collision in another unique index for its row") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run({"CREATE TABLE t (id BIGINT PRIMARY KEY, mail VARCHAR(20) UNIQUE)",
                  "INSERT INTO t VALUES (1, 'ada')"});
    const auto out = opened(database, in_mode(sync_mode::insert, {{"id", value_kind::integer},
                                                                  {"mail", value_kind::text}}));
    const auto outcome = out->deliver(upserts({{integer("1"), text("changed")},
                                               {integer("2"), text("ada")},
                                               {integer("3"), text("bob")}}));
    CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected, fate::delivered});
    CHECK(database.connect().query("SELECT id, mail FROM t ORDER BY id") ==
          cells{{"1", "ada"}, {"3", "bob"}});
  }
}

TEST_CASE("mode update changes rows that are there, adds none, and says which are missing") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const notes t(kind);
    t.database.run({"INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (4, 4, 'd')"});
    const auto out = opened(t.database, in_mode(sync_mode::update, id_n_note));
    // The second one is as it should be.
    const auto outcome = out->deliver(upserts({note_row("1", "9", "new"), note_row("2", "2", "b"),
                                               note_row("3", "3", "c"), note_row("4", "5", "")}));
    CHECK(outcome.fates ==
          std::vector{fate::delivered, fate::delivered, fate::rejected, fate::delivered});
    CHECK(outcome.rejections == std::vector<rejection>{{2, no_row, 0}});
    CHECK(t.rows() == cells{{"1", "9", "new"}, {"2", "2", "b"}, {"4", "5", ""}});

    const auto alone = out->deliver(upserts({note_row("7", "7", "x")}));
    CHECK(alone.rejections == std::vector<rejection>{{0, no_row, 0}});
    CHECK(out->deliver(upserts({note_row("1", "8", "x")})).fates == std::vector{fate::delivered});
    t.database.run({"INSERT INTO t VALUES (7, 0, NULL)"});
    CHECK(out->deliver(upserts({note_row("7", "7", "x")})).fates == std::vector{fate::delivered});
    CHECK(t.database.connect().query("SELECT n FROM t WHERE id IN (1, 7) ORDER BY id") ==
          cells{{"8"}, {"7"}});
  }
}

TEST_CASE("mode update tells missing rows from bad ones in a large batch") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const notes t(kind);
    std::string insert = "INSERT INTO t VALUES (0, 0, '')";
    for (int id = 1; id <= 2'500; ++id)
      if (id % 3 != 0) insert += ", (" + std::to_string(id) + ", 1, 'old')";
    t.database.run({insert});
    const auto out = opened(t.database, in_mode(sync_mode::update, id_n_note));
    const many_rows rows(2'500, "2", {1, 3, 1'000, 2'500});  // 3 is missing besides
    const auto outcome = out->deliver(rows.deltas());
    std::size_t missing = 0, bad = 0;
    for (const auto& r : outcome.rejections) {
      const auto id = r.index + 1;
      CAPTURE(id);
      if (r.reason == no_row) {
        ++missing;
        CHECK(id % 3 == 0);
      } else {
        ++bad;
        CHECK((id == 1 || id == 1'000 || id == 2'500));
      }
    }
    CHECK(missing == 2'500 / 3);
    CHECK(bad == 3);
    CHECK(outcome.rejections.size() == count_of(outcome, fate::rejected));
    CHECK(count_of(outcome, fate::delivered) == 2'500 - 2'500 / 3 - 3);
    CHECK(t.database.connect().query("SELECT n, count(*) FROM t GROUP BY n ORDER BY n") ==
          cells{{"0", "1"}, {"1", "3"}, {"2", std::to_string(2'500 - 2'500 / 3 - 3)}});
  }
}

TEST_CASE("mode update leaves columns alone that nobody mapped, also those that need a value") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run(
        {"CREATE TABLE t (tenant BIGINT NOT NULL, code VARCHAR(20) NOT NULL, score "
         "BIGINT, owner VARCHAR(20) NOT NULL, PRIMARY KEY (tenant, code))",
         "INSERT INTO t VALUES (1, 'a', 0, 'crm'), (2, 'a', 0, 'crm')"});
    const auto out = opened(database, in_mode(sync_mode::update,
                                              {{"code", value_kind::text},
                                               {"tenant", value_kind::integer},
                                               {"score", value_kind::integer}},
                                              2));
    const auto outcome = out->deliver(upserts(
        {{text("a"), integer("2"), integer("7")}, {text("b"), integer("2"), integer("7")}}, 2));
    CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected});
    CHECK(database.connect().query("SELECT tenant, code, score, owner FROM t ORDER BY 1") ==
          cells{{"1", "a", "0", "crm"}, {"2", "a", "7", "crm"}});
  }
}

TEST_CASE("mode update finds rows by keys of every type") {
  struct key {
    const char* type;
    value_view value;
    const char* literal;
  };
  const std::vector<key> keys{
      {"DECIMAL(30,4)", {value_kind::decimal, "9007199254740993.5000"}, "9007199254740993.5"},
      {"DATE", {value_kind::date, "2026-01-31"}, "'2026-01-31'"},
      {"VARCHAR(40)", text("O'Brien \\ \"x\" \xc3\xa9"), nullptr},
      {"CHAR(36)",
       {value_kind::uuid, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
       "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"}};
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    for (const auto& k : keys) {
      CAPTURE(k.type);
      // SQLite's numbers are doubles; MariaDB's default collation folds texts.
      if (kind == product::sqlite && k.value.kind == value_kind::decimal) continue;
      const database_fixture database(kind);
      const bool folds = kind == product::mariadb && k.value.kind == value_kind::text;
      database.run({std::string("CREATE TABLE t (k ") + k.type +
                    (folds ? " COLLATE utf8mb4_general_ci" : "") +
                    " NOT NULL PRIMARY KEY, n BIGINT)"});
      const std::vector<named_kind> columns{{"k", k.value.kind}, {"n", value_kind::integer}};
      opened(database, in_mode(sync_mode::upsert, columns))
          ->deliver(upserts({{k.value, integer("1")}}));
      const auto out = opened(database, in_mode(sync_mode::update, columns));
      CHECK(out->deliver(upserts({{k.value, integer("2")}})).fates == std::vector{fate::delivered});
      CHECK(database.connect().query("SELECT n FROM t") == cells{{"2"}});
      if (!folds) continue;
      const auto other = out->deliver(upserts({{text("o'brien \\ \"x\" \xc3\xa9"), integer("3")}}));
      CHECK(other.rejections == std::vector<rejection>{{0, no_row, 0}});
      CHECK(database.connect().query("SELECT n FROM t") == cells{{"2"}});
    }
  }
}

TEST_CASE("mode update refuses a table of which nothing is updated, also in a probe") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const notes t(kind);
    const auto context = in_mode(sync_mode::update, {{"id", value_kind::integer}});
    CHECK(contains(failure_text([&] { opened(t.database, context); }), "outside of the key"));
    CHECK(contains(failure_text([&] {
                     make_odbc_destination(
                         {config::secret_string(t.database.connection_string()), "t", false})
                         ->probe(context, {});
                   }),
                   "outside of the key"));
  }
}

TEST_CASE("mode append adds a row for every delta, to a table that it creates without a key") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    const auto context = in_mode(sync_mode::append, id_n_note);
    for (int round = 0; round < 2; ++round) {
      const auto out = opened(database, context, true);
      batch both(1);
      both.append(operation::insert, {}, {}, packed({integer("1")}),
                  packed(note_row("1", "1", "a")));
      both.append(operation::update, {}, {}, packed({integer("2")}),
                  packed(note_row("2", "1", "b")));
      CHECK(out->deliver(both).fates == std::vector(2, fate::delivered));
      CHECK(out->deliver(upserts({note_row("1", "2", "c")})).fates == std::vector{fate::delivered});
    }
    CHECK(database.connect().query("SELECT id, n, note FROM t ORDER BY id, n") ==
          cells{{"1", "1", "a"},
                {"1", "1", "a"},
                {"1", "2", "c"},
                {"1", "2", "c"},
                {"2", "1", "b"},
                {"2", "1", "b"}});
  }
}

TEST_CASE("mode append rejects what the table refuses and adds the rest") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const notes t(kind);  // its key takes a second event about a row for a collision
    const auto out = opened(t.database, in_mode(sync_mode::append, id_n_note));
    const many_rows rows(300, "1", {7, 300});
    const auto first = out->deliver(rows.deltas());
    CHECK(count_of(first, fate::delivered) == 298);
    CHECK(first.rejections.size() == 2);
    const auto second = out->deliver(upserts({note_row("1", "2", "x"), note_row("301", "2", "x")}));
    CHECK(second.fates == std::vector{fate::rejected, fate::delivered});
    CHECK(t.database.connect().query("SELECT count(*), sum(n) FROM t") == cells{{"299", "300"}});
  }
}

TEST_CASE("a delete that sets fields keeps the row, and the row may come back") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run(
        {"CREATE TABLE t (id BIGINT PRIMARY KEY, mail VARCHAR(20), deleted BOOLEAN NOT "
         "NULL, state VARCHAR(20))"});
    auto context = context_of({{"id", value_kind::integer},
                               {"mail", value_kind::text},
                               {"deleted", value_kind::boolean},
                               {"state", value_kind::text}});
    context.on_delete = mapping::compile_on_delete(
        "c", {{{"deleted"}, {"true"}}, {{"state"}, {"\"gone; it's \\\\ ?\""}}}, context.schema);
    const auto out = opened(database, context);
    const value_view no{value_kind::boolean, "0"};
    out->deliver(upserts({{integer("1"), text("ada"), no, null_value},
                          {integer("2"), text("bob"), no, null_value},
                          {integer("3"), text("eve"), no, null_value}}));
    const auto rows = [&] {
      return database.connect().query(
          "SELECT id, mail, CASE WHEN deleted THEN 1 ELSE 0 END, state FROM t ORDER BY id");
    };
    const std::string gone = "gone; it's \\ ?";
    // The last one is not there: it is gone, and that is what was asked for.
    const auto outcome = out->deliver(erases({{integer("1")}, {integer("3")}, {integer("4")}}));
    CHECK(outcome.fates == std::vector(3, fate::delivered));
    CHECK(rows() ==
          cells{{"1", "ada", "1", gone}, {"2", "bob", "0", std::nullopt}, {"3", "eve", "1", gone}});
    // Delivered again, since it was in doubt.
    CHECK(out->deliver(erases({{integer("1")}})).fates == std::vector{fate::delivered});
    CHECK(out->deliver(upserts({{integer("1"), text("ada"), no, null_value}})).fates ==
          std::vector{fate::delivered});
    CHECK(rows() == cells{{"1", "ada", "0", std::nullopt},
                          {"2", "bob", "0", std::nullopt},
                          {"3", "eve", "1", gone}});
  }
}

TEST_CASE("a delete that sets fields finds composite keys, and rejects what the table refuses") {
  for (const auto kind : every_database) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    database.run(
        {"CREATE TABLE t (a BIGINT NOT NULL, b VARCHAR(9) NOT NULL, n BIGINT, frozen "
         "BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (a, b), CHECK (frozen = 0 OR n < 100))",
         "INSERT INTO t VALUES (1, 'x', 1, 0), (1, 'y', 1, 0), (2, 'x', 1, 1)"});
    auto context = context_of(
        {{"a", value_kind::integer}, {"b", value_kind::text}, {"n", value_kind::integer}}, 2);
    context.on_delete = mapping::compile_on_delete("c", {{{"n"}, {"100"}}}, context.schema);
    const auto out = opened(database, context);
    const auto outcome = out->deliver(
        erases({{integer("1"), text("y")}, {integer("2"), text("x")}, {integer("3"), text("x")}}));
    CHECK(outcome.fates == std::vector{fate::delivered, fate::rejected, fate::delivered});
    CHECK(database.connect().query("SELECT a, b, n FROM t ORDER BY a, b") ==
          cells{{"1", "x", "1"}, {"1", "y", "100"}, {"2", "x", "1"}});
  }
}
