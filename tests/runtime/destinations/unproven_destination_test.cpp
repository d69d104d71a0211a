// Destinations on databases that delivery has not been proven on: refused, or read back.
#include <doctest/doctest.h>

#include <algorithm>

#include "messages/error.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/odbc_destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/support/unproven_database.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;

namespace {

using cells = std::vector<std::vector<std::optional<std::string>>>;

const std::vector<named_kind> columns{
    {"id", value_kind::integer}, {"n", value_kind::decimal}, {"note", value_kind::text}};

delivery_context notes_in_mode(sync_mode mode) {
  auto context = context_of(columns);
  context.mode = mode;
  return context;
}

config::odbc_config configured(const std::string& connection_string, bool unverified,
                               std::string table = "t", bool create = false) {
  return {config::secret_string(connection_string), std::move(table), create, unverified};
}

std::unique_ptr<destination> opened_relative(const relative_of_postgresql& database,
                                             sync_mode mode = sync_mode::mirror) {
  auto out = make_odbc_destination(configured(database.connection_string(), true));
  out->open(notes_in_mode(mode), {});
  return out;
}

std::vector<value_view> unproven_note(std::string_view id, std::string_view n,
                                      std::string_view note) {
  return {integer(id), {value_kind::decimal, n}, text(note)};
}

/// A table `t` of these columns in a database that is not PostgreSQL, for all that Sluice knows.
struct unproven_notes : relative_of_postgresql {
  unproven_notes() { run({"CREATE TABLE t (id bigint PRIMARY KEY, n numeric(12,2), note text)"}); }
  [[nodiscard]] cells rows() const { return query("SELECT id, n, note FROM t ORDER BY id"); }
  /// Has a function do as `body` says before a row is written.
  void before(const std::string& event, const std::string& body) const {
    run({"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body + " END $$",
         "CREATE TRIGGER x BEFORE " + event + " ON t FOR EACH ROW EXECUTE FUNCTION f()"});
  }
};

/// The reason for the row at `index`; "" if it has none.
std::string reason(const batch_outcome& outcome, std::uint32_t index) {
  for (const auto& r : outcome.rejections)
    if (r.index == index) return r.reason;
  return {};
}

using fates = std::vector<fate>;

}  // namespace

TEST_CASE("a product that delivery is not proven on is refused by name with the option") {
  const unproven_notes database;
  for (const bool probing : {false, true}) {
    auto way_in = make_odbc_destination(configured(database.connection_string(), false));
    const auto text = failure_text([&] {
      if (probing) {
        way_in->probe(notes_in_mode(sync_mode::upsert), {});
      } else {
        way_in->open(notes_in_mode(sync_mode::upsert), {});
      }
    });
    CHECK(contains(text, "destination_failed"));
    CHECK(contains(text, "Amazon Redshift"));
    CHECK(contains(text, "destination.unverified"));
  }
}

TEST_CASE("an unverified destination refuses what cannot be read back") {
  const unproven_notes database;
  const auto text = [&](sync_mode mode, bool create, const char* table) {
    return failure_text([&] {
      make_odbc_destination(configured(database.connection_string(), true, table, create))
          ->open(notes_in_mode(mode), {});
    });
  };
  CHECK(contains(text(sync_mode::append, false, "t"), "no key to find them by"));
  CHECK(contains(text(sync_mode::upsert, true, "missing"),
                 "destination.create does not know the types of Amazon Redshift"));
  CHECK(contains(text(sync_mode::upsert, false, "missing"), "the table does not exist"));
  CHECK(database.query("SELECT to_regclass('missing')") == cells{{std::nullopt}});
}

TEST_CASE("rows that are there as they were sent are delivered to an unverified destination") {
  const unproven_notes database;
  auto target = opened_relative(database);
  auto outcome = target->deliver(upserts({unproven_note("1", "1.5", "it's \\ ? é"),
                                          unproven_note("2", "-0.10", ""),
                                          {integer("3"), null_value, null_value}}));
  CHECK(outcome.fates == fates(3, fate::delivered));
  outcome = target->deliver(
      upserts({unproven_note("2", "7", "new"), unproven_note("1", "1.50", "it's \\ ? é")}));
  CHECK(outcome.fates == fates(2, fate::delivered));
  // The last one was never there.
  outcome = target->deliver(erases({{integer("3")}, {integer("9")}}));
  CHECK(outcome.fates == fates(2, fate::delivered));
  CHECK(database.rows() == cells{{"1", "1.50", "it's \\ ? é"}, {"2", "7.00", "new"}});
  CHECK(outcome.rejections.empty());
  for (const auto& warning : target->warnings()) CHECK_FALSE(contains(warning, "read back"));
}

TEST_CASE("a row that is stored as something else stays in doubt and its column is named") {
  const unproven_notes database;
  database.before("INSERT OR UPDATE",
                  "IF NEW.id = 2 THEN NEW.note := upper(NEW.note); END IF; RETURN NEW;");
  auto target = opened_relative(database);
  const auto outcome =
      target->deliver(upserts({unproven_note("1", "1", "a"), unproven_note("2", "2", "b"),
                               unproven_note("3", "1.005", "c"), unproven_note("4", "4", "d")}));
  CHECK(outcome.fates == fates{fate::delivered, fate::unknown, fate::unknown, fate::delivered});
  CHECK(reason(outcome, 1) == "read back, the column 'note' holds 'B' instead of 'b'");
  CHECK(reason(outcome, 2) == "read back, the column 'n' holds '1.01' instead of '1.005'");
  CHECK_FALSE(outcome.failed);
  CHECK(contains(target->warnings().back(), "were not in 't' as they were sent: 2 times"));
}

TEST_CASE("a row that is left out in silence is not delivered whatever the row count says") {
  SUBCASE("by a trigger, for which none is counted") {
    const unproven_notes database;
    database.before("INSERT OR UPDATE", "IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW;");
    auto target = opened_relative(database);
    const auto outcome =
        target->deliver(upserts({unproven_note("1", "1", "a"), unproven_note("2", "2", "b")}));
    CHECK(outcome.fates == fates{fate::delivered, fate::rejected});
    CHECK(contains(reason(outcome, 1), "does not find the row by its key"));
    CHECK(database.rows() == cells{{"1", "1.00", "a"}});
  }
  SUBCASE("by a view, for which one is counted") {
    const unproven_notes database;
    database.run({"INSERT INTO t VALUES (1, 1, 'old')", "ALTER TABLE t RENAME TO u",
                  "CREATE VIEW t AS SELECT * FROM u",
                  "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN "
                  "coalesce(NEW, OLD); END $$",
                  "CREATE TRIGGER x INSTEAD OF INSERT OR UPDATE OR DELETE ON t FOR EACH ROW "
                  "EXECUTE FUNCTION f()"});
    auto target = opened_relative(database);
    auto outcome =
        target->deliver(upserts({unproven_note("1", "1", "new"), unproven_note("2", "2", "b")}));
    CHECK(outcome.fates == fates{fate::unknown, fate::rejected});
    outcome = target->deliver(erases({{integer("1")}}));
    CHECK(outcome.fates == fates{fate::unknown});
    CHECK(contains(reason(outcome, 0), "still has the row"));
    CHECK(database.rows() == cells{{"1", "1.00", "old"}});
  }
  SUBCASE("when the transaction is committed") {
    const unproven_notes database;
    database.run(
        {"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t "
         "WHERE id = NEW.id AND id = 2; RETURN NULL; END $$",
         "CREATE CONSTRAINT TRIGGER x AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR "
         "EACH ROW EXECUTE FUNCTION f()"});
    auto target = opened_relative(database);
    const auto outcome =
        target->deliver(upserts({unproven_note("1", "1", "a"), unproven_note("2", "2", "b")}));
    CHECK(outcome.fates == fates{fate::delivered, fate::unknown});
    CHECK(contains(reason(outcome, 1), "has no row with this key"));
  }
}

TEST_CASE("a row that the database finds by another key is neither overwritten nor deleted") {
  const relative_of_postgresql database;
  database.run(
      {"CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', "
       "deterministic = false)",
       "CREATE TABLE t (id text COLLATE loose PRIMARY KEY, note text)",
       "INSERT INTO t VALUES ('Ada', 'hers')"});
  auto target = make_odbc_destination(configured(database.connection_string(), true));
  target->open(context_of({{"id", value_kind::text}, {"note", value_kind::text}}), {});
  auto outcome = target->deliver(upserts({{text("ada"), text("other")}, {text("Bob"), text("b")}}));
  CHECK(outcome.fates == fates{fate::rejected, fate::delivered});
  CHECK(contains(reason(outcome, 0), "takes different keys for equal"));
  outcome = target->deliver(erases({{text("ADA")}}));
  CHECK(outcome.fates == fates{fate::rejected});
  CHECK(database.query("SELECT id, note FROM t ORDER BY id") ==
        cells{{"Ada", "hers"}, {"Bob", "b"}});
}

TEST_CASE("a deleted row that is not found by its key is looked for among all keys") {
  // The column's `=` says no to everything: 'x' is not found by 'x'.
  const relative_of_postgresql database;
  database.run(
      {"CREATE TABLE u (id text PRIMARY KEY, note text)", "INSERT INTO u VALUES ('x', 'there')",
       "CREATE VIEW t AS SELECT id || '' AS id, note FROM u WHERE current_query() NOT LIKE "
       "'%WHERE%'"});
  auto target = make_odbc_destination(configured(database.connection_string(), true));
  target->open(context_of({{"id", value_kind::text}, {"note", value_kind::text}}), {});
  const auto outcome = target->deliver(erases({{text("x")}, {text("y")}}));
  CHECK(outcome.fates == fates{fate::unknown, fate::delivered});
  CHECK(contains(reason(outcome, 0), "does not find it by its key"));
}

TEST_CASE("mode insert leaves a row that was there and doubts one that it changed") {
  const unproven_notes database;
  database.run({"INSERT INTO t VALUES (1, 1, 'old')"});
  database.before("INSERT", "NEW.n := NEW.n + 1; RETURN NEW;");
  auto target = opened_relative(database, sync_mode::insert);
  const auto outcome =
      target->deliver(upserts({unproven_note("1", "5", "new"), unproven_note("2", "2", "b")}));
  CHECK(outcome.fates == fates{fate::delivered, fate::unknown});
  CHECK(database.rows() == cells{{"1", "1.00", "old"}, {"2", "3.00", "b"}});
}

TEST_CASE("what a delete sets is read back") {
  const unproven_notes database;
  database.run({"INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b')"});
  database.before("UPDATE", "IF NEW.id = 2 THEN RETURN OLD; END IF; RETURN NEW;");
  auto target = make_odbc_destination(configured(database.connection_string(), true));
  auto context = notes_in_mode(sync_mode::mirror);
  context.on_delete.fields = {2};
  append_value(context.on_delete.packed, text("gone"));
  target->open(context, {});
  const auto outcome = target->deliver(erases({{integer("1")}, {integer("2")}, {integer("3")}}));
  CHECK(outcome.fates == fates{fate::delivered, fate::unknown, fate::delivered});
  CHECK(database.rows() == cells{{"1", "1.00", "gone"}, {"2", "2.00", "b"}});
}

TEST_CASE("no row that a database lies about in any way is reported delivered") {
  const unproven_notes database;
  // Keeps, leaves out, changes, or keeps from being changed, by chance.
  database.before("INSERT OR UPDATE OR DELETE",
                  "CASE (random() * 6)::int WHEN 0 THEN RETURN NULL; "
                  "WHEN 1 THEN IF TG_OP = 'DELETE' THEN RETURN NULL; END IF; NEW.n := NEW.n + 1; "
                  "RETURN NEW; "
                  "WHEN 2 THEN IF TG_OP = 'UPDATE' THEN RETURN OLD; END IF; "
                  "ELSE NULL; END CASE; "
                  "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;");
  auto target = opened_relative(database);
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    std::vector<std::string> ids, values;
    for (int i = 0; i < 40; ++i) {
      ids.push_back(std::to_string(i));
      values.push_back(std::to_string((i * 7 + round * 13) % 50) + ".25");
    }
    std::vector<std::vector<value_view>> rows, keys;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if ((i + static_cast<std::size_t>(round)) % 3 == 0) {
        keys.push_back({integer(ids[i])});
      } else {
        rows.push_back(unproven_note(ids[i], values[i], "note"));
      }
    }
    auto deltas = upserts(rows);
    deltas.append(erases(keys));
    const auto outcome = target->deliver(deltas);
    const auto there = database.rows();
    std::size_t delivered = 0;
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      if (outcome.fates[i] != fate::delivered) continue;
      ++delivered;
      const bool erased = i >= rows.size();
      const auto id = std::string(erased ? keys[i - rows.size()][0].bytes : rows[i][0].bytes);
      const auto found =
          std::find_if(there.begin(), there.end(), [&](const auto& r) { return r[0] == id; });
      CAPTURE(id);
      CHECK((found == there.end()) == erased);
      if (!erased && found != there.end()) CHECK((*found)[1] == std::string(rows[i][1].bytes));
    }
    CHECK(delivered > 0);
  }
}

namespace {

/// A table in Virtuoso, and what is in it.
class virtuoso_table {
 public:
  explicit virtuoso_table(const std::string& definitions)
      : on_({.connection_string = virtuoso_connection_string(), .use = odbc::purpose::write}) {
    on_.execute("CREATE TABLE " + name_ + " (" + definitions + ")");
  }
  ~virtuoso_table() { on_.execute("DROP TABLE " + name_); }

  [[nodiscard]] config::odbc_config config(bool unverified) const {
    return configured(virtuoso_connection_string(), unverified, name_);
  }
  cells rows() { return on_.query("SELECT * FROM " + name_ + " ORDER BY id"); }

 private:
  odbc::connection on_;
  const std::string name_ = fresh_table_name();
};

}  // namespace

TEST_CASE("Virtuoso: a destination is refused by name") {
  virtuoso_table table("id VARCHAR(20) NOT NULL PRIMARY KEY, note VARCHAR(100)");
  const auto text = failure_text([&] {
    make_odbc_destination(table.config(false))
        ->open(context_of({{"id", value_kind::text}, {"note", value_kind::text}}), {});
  });
  CHECK(contains(text, "OpenLink Virtuoso"));
  CHECK(contains(text, "destination.unverified"));
}

TEST_CASE("Virtuoso: an unverified destination delivers what is there") {
  virtuoso_table table("id VARCHAR(20) NOT NULL PRIMARY KEY, n DECIMAL(12,2), note VARCHAR(100)");
  auto target = make_odbc_destination(table.config(true));
  target->open(
      context_of(
          {{"id", value_kind::text}, {"n", value_kind::decimal}, {"note", value_kind::text}}),
      {});
  const auto line = [](std::string_view id, std::string_view n, std::string_view note) {
    return std::vector<value_view>{text(id), {value_kind::decimal, n}, text(note)};
  };
  auto outcome = target->deliver(upserts(
      {line("a", "1.25", "plain"), line("b", "-17.50", "it's \\ odd"), line("c", "0", "")}));
  CHECK(outcome.fates == fates(3, fate::delivered));
  outcome = target->deliver(upserts({line("a", "2", "changed")}));
  CHECK(outcome.fates == fates(1, fate::delivered));
  outcome = target->deliver(erases({{text("b")}, {text("never there")}}));
  CHECK(outcome.fates == fates(2, fate::delivered));
  const auto there = table.rows();
  REQUIRE(there.size() == 2);
  CHECK(there[0][2] == "changed");
  CHECK(there[1][0] == "c");
}

TEST_CASE(
    "Virtuoso: rows that its driver turns into others are neither delivered nor harm others") {
  // A text for an integer column becomes 0, without an error: each key is that of one row.
  virtuoso_table table("id INTEGER NOT NULL PRIMARY KEY, note VARCHAR(100), flag SMALLINT");
  auto target = make_odbc_destination(table.config(true));
  target->open(
      context_of(
          {{"id", value_kind::integer}, {"note", value_kind::text}, {"flag", value_kind::boolean}}),
      {});
  const auto line = [](std::string_view id, std::string_view note, std::string_view flag) {
    return std::vector<value_view>{integer(id), text(note), {value_kind::boolean, flag}};
  };
  auto outcome = target->deliver(
      upserts({line("0", "zero", "0"), line("7", "seven", "0"), line("8", "", "1")}));
  CHECK(outcome.fates == fates{fate::delivered, fate::rejected, fate::rejected});
  CHECK(contains(reason(outcome, 1), "finds other rows by this key"));
  CHECK(table.rows() == cells{{"0", "zero", "0"}});
  outcome = target->deliver(upserts({line("0", "zero", "1")}));
  CHECK(outcome.fates == fates{fate::unknown});
  CHECK(reason(outcome, 0) == "read back, the column 'flag' holds '0' instead of '1'");
  outcome = target->deliver(erases({{integer("7")}}));
  CHECK(outcome.fates == fates{fate::rejected});
  CHECK(table.rows() == cells{{"0", "zero", "0"}});
}
