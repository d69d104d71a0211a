#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/catalog/catalog.hpp"
#include "runtime/catalog/row_key.hpp"
#include "tests/runtime/catalog/catalog_fixture.hpp"

using namespace sluice;
using test::at_second;
using test::catalog_fixture;

namespace {

rejected_row row(int id, int second, const std::string& reason = "too long") {
  rejected_row r;
  r.key = "{\"id\":" + std::to_string(id) + "}";
  r.operation = "insert";
  r.reason = reason;
  r.first_at = at_second(second);
  r.last_at = at_second(second);
  return r;
}

/// A catalog as version 1 made it, with a row that was rejected three times.
constexpr std::array<std::string_view, 7> first_version{
    R"sql(
CREATE TABLE connections (
  name             TEXT PRIMARY KEY,
  enabled          INTEGER NOT NULL,
  next_type        TEXT NOT NULL,
  epoch            INTEGER NOT NULL,
  continues        TEXT,
  mapping_identity TEXT NOT NULL,
  ledger_rows      INTEGER NOT NULL,
  last_run         TEXT
))sql",
    R"sql(
CREATE TABLE runs (
  connection        TEXT NOT NULL REFERENCES connections (name),
  run               TEXT NOT NULL,
  type              TEXT NOT NULL,
  triggered_by      TEXT NOT NULL,
  state             TEXT NOT NULL,
  mode              TEXT NOT NULL,
  epoch             INTEGER NOT NULL,
  continues         TEXT,
  started_at        INTEGER NOT NULL,
  stop_requested_at INTEGER,
  reading_halted_at INTEGER,
  finished_at       INTEGER,
  rows_read         INTEGER NOT NULL,
  unchanged         INTEGER NOT NULL,
  invalid           INTEGER NOT NULL,
  inserts           INTEGER NOT NULL,
  updates           INTEGER NOT NULL,
  deletes           INTEGER NOT NULL,
  delivered         INTEGER NOT NULL,
  rejected          INTEGER NOT NULL,
  undelivered       INTEGER NOT NULL,
  in_flight_at_stop INTEGER,
  error_code        TEXT,
  error_operation   TEXT,
  error_object      TEXT,
  error_cause       TEXT,
  error_hint        TEXT,
  warnings          TEXT NOT NULL,
  PRIMARY KEY (connection, run)
))sql", "CREATE INDEX unfinished_runs ON runs (connection) WHERE finished_at IS NULL",
    R"sql(
CREATE TABLE rejected (
  connection TEXT NOT NULL REFERENCES connections (name),
  row_key    TEXT NOT NULL,
  operation  TEXT NOT NULL,
  reason     TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  last_run   TEXT NOT NULL,
  PRIMARY KEY (connection, row_key)
))sql",
    R"sql(
INSERT INTO connections VALUES ('customers', 1, 'incremental', 1, NULL, 'mapping', 9, NULL)
)sql",
    R"sql(
INSERT INTO rejected VALUES ('customers', '{"id":7}', 'insert', 'too long', 3,
  1769850010000, 1769850010000, '01JD0000000000000000000001')
)sql", "PRAGMA user_version = 1"};

/// Catalog with one connection, `customers`.
struct rejected_fixture : catalog_fixture {
  rejected_fixture() { catalog.open_run(new_run(1), memory_of()); }

  void reject(int run, const std::vector<rejected_row>& rows) {
    catalog.record_rejected("customers", new_run(run).run, rows);
  }
  std::uint64_t close(int run, run_state state, const settled_rows& settles) {
    return catalog.close_run(ended(new_run(run), state), memory_of(), settles);
  }
  std::vector<rejected_row> listed(std::uint32_t limit = 100) {
    return catalog.list_rejected("customers", {.limit = limit}).rows;
  }

  catalog::catalog catalog = open();
};

}  // namespace

TEST_CASE_FIXTURE(rejected_fixture, "rejected rows are listed the latest first") {
  reject(1, {row(1, 10), row(2, 30), row(3, 20)});
  CHECK(listed() == std::vector<rejected_row>{row(2, 30), row(3, 20), row(1, 10)});
  CHECK(listed(1) == std::vector<rejected_row>{row(2, 30)});
}

TEST_CASE_FIXTURE(rejected_fixture,
                  "a row rejected again has one more attempt and its newest reason") {
  reject(1, {row(1, 10)});
  close(1, run_state::succeeded, settled_rows::all);
  catalog.open_run(new_run(2), memory_of());
  auto again = row(1, 20, "still too long");
  again.operation = "update";
  reject(2, {again});
  auto expected = again;
  expected.first_at = at_second(10);
  expected.attempts = 2;
  CHECK(listed() == std::vector<rejected_row>{expected});
}

TEST_CASE_FIXTURE(rejected_fixture,
                  "within a run a row counts one attempt however often it comes") {
  reject(1, {row(1, 10), row(1, 11)});
  reject(1, {row(1, 12)});
  REQUIRE(listed().size() == 1);
  CHECK(listed()[0].attempts == 1);
  CHECK(listed()[0].last_at == at_second(12));
}

TEST_CASE_FIXTURE(rejected_fixture,
                  "a run that saw and settled every row forgets what it did not reject") {
  reject(1, {row(1, 10), row(2, 10)});
  CHECK(close(1, run_state::succeeded, settled_rows::all) == 2);
  catalog.open_run(new_run(2), memory_of());
  reject(2, {row(2, 20)});
  CHECK(close(2, run_state::succeeded, settled_rows::all) == 1);
  REQUIRE(listed().size() == 1);
  CHECK(listed()[0].key == row(2, 0).key);
  CHECK(listed()[0].attempts == 2);
}

TEST_CASE_FIXTURE(rejected_fixture, "a run that settled nothing forgets nothing") {
  reject(1, {row(1, 10)});
  close(1, run_state::succeeded, settled_rows::all);
  int run = 2;
  for (const auto state : {run_state::stopped, run_state::failed, run_state::succeeded}) {
    catalog.open_run(new_run(run), memory_of());
    CHECK(close(run++, state, settled_rows::none) == 1);
  }
}

TEST_CASE_FIXTURE(rejected_fixture,
                  "a run that settled the rows with known keys forgets those and no others") {
  auto known = row(1, 10);
  known.packed_key = std::string("\x02\0\xff", 3);
  reject(1, {known, row(2, 10)});
  CHECK(catalog.list_rejected_keys("customers") == std::vector{known.packed_key});
  CHECK(close(1, run_state::succeeded, settled_rows::keyed) == 2);
  catalog.open_run(new_run(2), memory_of());
  CHECK(close(2, run_state::succeeded, settled_rows::keyed) == 1);
  CHECK(listed().at(0).key == row(2, 0).key);
  CHECK(catalog.list_rejected_keys("customers").empty());
}

TEST_CASE_FIXTURE(rejected_fixture,
                  "a run about some rows forgets those that it does not list again") {
  auto first = row(1, 10);
  auto second = row(2, 10);
  auto third = row(3, 10);
  first.packed_key = "1";
  second.packed_key = "2";
  third.packed_key = "3";
  reject(1, {first, second, third});
  close(1, run_state::succeeded, settled_rows::all);
  catalog.open_run(new_run(2), memory_of());
  reject(2, {second});
  CHECK(close(2, run_state::succeeded, {settled_rows::chosen, {"1", "2", "9"}}) == 2);
  CHECK(listed().at(0).key == second.key);
  CHECK(listed().at(1).key == third.key);
}

TEST_CASE_FIXTURE(rejected_fixture, "when the ledger is forgotten the rejected rows go with it") {
  reject(1, {row(1, 10)});
  close(1, run_state::succeeded, settled_rows::all);
  auto memory = memory_of();
  memory.epoch = 7;
  catalog.forget(memory);
  CHECK(listed().empty());
  const auto entry = catalog.load_all().at(0);
  CHECK(entry.memory == memory);
  CHECK(entry.rejected_rows == 0);
  CHECK(entry.last_run->run == new_run(1).run);
}

TEST_CASE_FIXTURE(rejected_fixture, "connections keep their rejected rows apart") {
  catalog.open_run(new_run(2, "orders"), memory_of("orders"));
  reject(1, {row(1, 10)});
  catalog.record_rejected("orders", new_run(2).run, {row(1, 10), row(2, 10)});
  close(1, run_state::succeeded, settled_rows::all);
  CHECK(listed().size() == 1);
  CHECK(catalog.list_rejected("orders", {.limit = 100}).rows.size() == 2);
  const auto all = catalog.load_all();
  CHECK(all[0].rejected_rows == 1);
  CHECK(all[1].rejected_rows == 2);
}

TEST_CASE("rows beyond the bound are not listed but those that are stay current") {
  catalog_fixture f;
  f.bounds.rejected_rows = 2;
  auto catalog = f.open();
  catalog.open_run(f.new_run(1), f.memory_of());
  CHECK(catalog.record_rejected("customers", f.new_run(1).run, {row(1, 10), row(2, 10)}));
  CHECK_FALSE(catalog.record_rejected("customers", f.new_run(1).run, {row(3, 10), row(2, 10)}));
  CHECK(catalog.list_rejected("customers", {.limit = 100}).rows.size() == 2);
  CHECK(catalog.record_rejected("customers", f.new_run(2).run, {row(1, 20)}));
  CHECK_FALSE(catalog.record_rejected("customers", f.new_run(2).run, {row(4, 20)}));
  const auto listed = catalog.list_rejected("customers", {.limit = 100}).rows;
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].key == row(1, 0).key);
  CHECK(listed[0].attempts == 2);
}

TEST_CASE("rows whose key names none are entries of their own and show their key") {
  catalog_fixture f;
  auto catalog = f.open();
  catalog.open_run(f.new_run(1), f.memory_of());
  const auto nameless = [](const std::string& key, std::uint64_t number) {
    auto made = row(1, 10);
    made.key = catalog::row_key(key, number);
    return made;
  };
  const std::vector<rejected_row> rows{nameless("null", 1), nameless("null", 2),
                                       nameless(R"({"id":null,"x":" #7"})", 3),
                                       nameless(R"({"id":" #7"})", 0)};
  CHECK(catalog.record_rejected("customers", f.new_run(1).run, rows));
  CHECK(catalog.record_rejected("customers", f.new_run(1).run, rows));
  std::vector<std::string> keys;
  for (const auto& listed : catalog.list_rejected("customers", {.limit = 100}).rows)
    keys.push_back(listed.key);
  std::ranges::sort(keys);
  CHECK(keys ==
        std::vector<std::string>{"null", "null", R"({"id":" #7"})", R"({"id":null,"x":" #7"})"});
  CHECK(catalog::json_of("7") == "7");
}

TEST_CASE("rejected rows are counted exactly however few of them are listed") {
  catalog_fixture f;
  f.bounds.rejected_rows = 2;
  auto catalog = f.open();
  const auto reject = [&](int run, std::initializer_list<int> keys) {
    catalog.open_run(f.new_run(run), f.memory_of());
    for (const int key : keys)
      static_cast<void>(catalog.record_rejected("customers", f.new_run(run).run, {row(key, run)}));
  };
  const auto close = [&](int run, run_state state, const settled_rows& settles) {
    return catalog.close_run(f.ended(f.new_run(run), state), f.memory_of(), settles);
  };
  reject(1, {1, 2, 3, 4, 5});
  CHECK(close(1, run_state::succeeded, settled_rows::all) == 5);
  CHECK(catalog.load("customers").rejected_rows == 5);

  // It met some of them again, and found nothing out about the others.
  reject(2, {2, 4});
  CHECK(close(2, run_state::stopped, settled_rows::none) == 5);
  // It met more of them than any before.
  reject(3, {1, 2, 3, 4, 5, 6});
  CHECK(close(3, run_state::failed, settled_rows::none) == 6);

  reject(4, {1, 2, 3});
  CHECK(close(4, run_state::succeeded, settled_rows::all) == 3);
  reject(5, {1});
  CHECK(close(5, run_state::succeeded, settled_rows::keyed) == 2);  // 2 is listed without its key
  reject(6, {1, 2, 3});
  CHECK(close(6, run_state::succeeded, settled_rows::all) == 3);
  catalog.forget(f.memory_of());
  CHECK(catalog.load("customers").rejected_rows == 0);
}

TEST_CASE("rejected rows that were not listed are counted though the node died") {
  catalog_fixture f;
  f.bounds.rejected_rows = 1;
  {
    auto catalog = f.open();
    catalog.open_run(f.new_run(1), f.memory_of());
    catalog.open_run(f.new_run(1, "orders"), f.memory_of("orders"));
    CHECK_FALSE(catalog.record_rejected("customers", f.new_run(1).run,
                                        {row(1, 10), row(2, 10), row(3, 10)}));
  }
  auto catalog = f.open();
  CHECK(catalog.load("customers").rejected_rows == 3);
  CHECK(catalog.load("orders").rejected_rows == 0);
}

TEST_CASE_FIXTURE(rejected_fixture, "the destination's code is that of the last attempt") {
  auto coded = row(1, 10);
  coded.status = 503;
  auto negative = row(2, 9);
  negative.status = -1;
  reject(1, {coded, negative});
  CHECK(listed() == std::vector<rejected_row>{coded, negative});
  reject(1, {row(1, 11)});
  CHECK(listed()[0].status == std::nullopt);
}

TEST_CASE_FIXTURE(rejected_fixture,
                  "what was refused comes back and invalid rows are not among it") {
  auto refused = row(1, 10);
  refused.refused = refused_delta{operation::insert, {~0ull, 1}, {0, 1ull << 63}};
  auto erased = row(2, 9);
  erased.operation = "delete";
  erased.refused = refused_delta{operation::erase, {0, 2}, {}};
  auto invalid = row(3, 8);
  invalid.operation = "read";
  reject(1, {refused, erased, invalid});
  CHECK(listed() == std::vector<rejected_row>{refused, erased, invalid});
  CHECK(catalog.list_refused("customers") == std::vector{*erased.refused, *refused.refused});
  CHECK(catalog.list_refused("orders").empty());
  // A row that turns invalid was not refused.
  auto turned = invalid;
  turned.key = refused.key;
  reject(1, {turned});
  CHECK(catalog.list_refused("customers") == std::vector{*erased.refused});
}

TEST_CASE_FIXTURE(rejected_fixture, "a row that is kept stays listed without another attempt") {
  auto kept = row(1, 10);
  kept.refused = refused_delta{operation::insert, {0, 1}, {0, 10}};
  auto settled = row(2, 10);
  settled.refused = refused_delta{operation::insert, {0, 2}, {0, 20}};
  reject(1, {kept, settled});
  close(1, run_state::succeeded, settled_rows::all);
  catalog.open_run(new_run(2), memory_of());
  catalog.keep_refused("customers", new_run(2).run, {*kept.refused});
  CHECK(close(2, run_state::succeeded, settled_rows::all) == 1);
  CHECK(listed() == std::vector<rejected_row>{kept});
  catalog.open_run(new_run(3), memory_of());
  CHECK(close(3, run_state::succeeded, settled_rows::all) == 0);
}

TEST_CASE_FIXTURE(rejected_fixture, "whether a row is in doubt is that of the last attempt") {
  auto doubted = row(1, 10);
  doubted.in_doubt = true;
  reject(1, {doubted, row(2, 10)});
  CHECK(listed() == std::vector<rejected_row>{doubted, row(2, 10)});
  catalog.open_run(new_run(2), memory_of());
  reject(2, {row(1, 20)});
  CHECK_FALSE(listed().at(0).in_doubt);
}

TEST_CASE("rejected rows of the first version are there after the migration") {
  catalog_fixture f;
  {
    catalog::database db(f.dir.path() / "catalog.sqlite");
    for (const auto statement : first_version) db.execute(statement);
  }
  auto catalog = f.open();
  const auto listed = catalog.list_rejected("customers", {.limit = 100}).rows;
  auto expected = row(7, 10);
  expected.attempts = 3;
  CHECK(listed == std::vector<rejected_row>{expected});
  CHECK(catalog.list_refused("customers").empty());
  catalog.open_run(f.new_run(2), f.memory_of());
  auto again = row(7, 20);
  again.status = 422;
  catalog.record_rejected("customers", f.new_run(2).run, {again});
  REQUIRE(catalog.list_rejected("customers", {.limit = 100}).rows.size() == 1);
  CHECK(catalog.list_rejected("customers", {.limit = 100}).rows[0].attempts == 4);
  CHECK(catalog.list_rejected("customers", {.limit = 100}).rows[0].status == 422);
}

TEST_CASE_FIXTURE(rejected_fixture, "keys and reasons of any text come back") {
  auto odd = row(1, 10, "it's \"odd\" 🚀\n\xff");
  odd.key = "{\"id\":\"O'Brien \\u0000 é 🚀\"}";
  auto cut = row(2, 9);
  cut.reason = std::string("a\0b", 3);
  auto long_key = row(3, 8);
  long_key.key = "{\"id\":\"" + std::string(100'000, 'k') + "\"}";
  reject(1, {odd, cut, long_key});
  REQUIRE(listed().size() == 3);
  CHECK(listed()[0] == odd);
  CHECK(listed()[1].reason == "a b");
  CHECK(listed()[2] == long_key);
}
