// What passes by cursor cost the database.
#include <doctest/doctest.h>

#include "runtime/source/cursor_sql.hpp"
#include "tests/runtime/source/cursor_source.hpp"

using namespace sluice;
using namespace sluice::test;
using odbc::product;
using source::starting_point;
using namespace std::chrono_literals;

namespace {

constexpr int large_count = 50'000;

/// A table t (id, shop, v, at) of many rows, one a second, with an index on `at`.
void make_large_table(const database_fixture& database, const std::string& key) {
  const auto n = std::to_string(large_count);
  database.run({"CREATE TABLE t (id INTEGER NOT NULL, shop INTEGER NOT NULL, v VARCHAR(20), at " +
                std::string(time_type(database.kind())) + " NULL, PRIMARY KEY (" + key + "))"});
  switch (database.kind()) {
    case product::postgresql:
      database.run(
          {"INSERT INTO t SELECT i, i % 3, 'x', timestamp '2024-01-01' + i * interval '1 s' "
           "FROM generate_series(1, " +
               n + ") AS s(i)",
           "CREATE INDEX t_at ON t (at)", "ANALYZE t"});
      break;
    case product::mariadb:
      database.run(
          {"INSERT INTO t SELECT seq, seq % 3, 'x', TIMESTAMPADD(SECOND, seq, "
           "'2024-01-01') FROM seq_1_to_" +
               n,
           "CREATE INDEX t_at ON t (at)", "ANALYZE TABLE t"});
      break;
    default:
      database.run(
          {"INSERT INTO t WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
           "WHERE i < " +
               n +
               ") SELECT i, i % 3, 'x', datetime('2024-01-01', i || ' "
               "seconds') FROM s",
           "CREATE INDEX t_at ON t (at)"});
  }
  database.run({"UPDATE t SET at = NULL WHERE id = 7"});
}

/// What the database says about how it would run `sql`, as one text.
std::string plan_of(odbc::connection& on, const std::string& sql) {
  const auto explain = on.kind() == product::sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
  std::string text;
  for (const auto& row : on.query(explain + sql)) {
    for (const auto& cell : row) text += cell.value_or("NULL") + " ";
    text += "\n";
  }
  return text;
}

bool scans_everything(product kind, const std::string& plan) {
  const auto contains = [&](const char* part) { return plan.find(part) != std::string::npos; };
  switch (kind) {
    case product::postgresql:
      return contains("Seq Scan");
    case product::mariadb:  // the type of access, behind the name of the table
      return contains(" ALL ") || contains(" t index ") || contains(" sluice_model index ");
    default:
      return contains("SCAN sluice_model") || contains("SCAN t");
  }
}

/// How many rows of `t` the server has read so far, in whatever way; SQLite does not tell.
long rows_read(const database_fixture& database) {
  auto on = database.connect();
  if (database.kind() == product::postgresql)
    return std::stol(
        *on.query("SELECT COALESCE(sum(seq_tup_read + idx_tup_fetch), 0) FROM "
                  "pg_stat_user_tables WHERE relname = 't'")[0][0]);
  // Counted from now on, for the whole server.
  on.execute("SET GLOBAL userstat = 1");
  return std::stol(
      *on.query("SELECT COALESCE(sum(rows_read), 0) FROM "
                "information_schema.table_statistics WHERE table_schema = "
                "DATABASE() AND table_name = 't'")[0][0]);
}

}  // namespace

TEST_CASE("a pass by cursor reads through indexes however it is asked") {
  for (const auto kind : every_database) {
    for (const auto* key : {"id", "shop, id"}) {
      for (const auto* where : {"", "v = 'x'"}) {
        for (const bool as_query : {false, true}) {
          if (as_query && *where != '\0') continue;
          CAPTURE(to_string(kind));
          CAPTURE(std::string(key));
          CAPTURE(std::string(where));
          CAPTURE(as_query);
          const database_fixture database(kind);
          make_large_table(database, key);
          auto source = by_cursor(as_query ? query_source(database, "SELECT id, shop, at FROM t")
                                           : table_source(database, "t"),
                                  "at", 5s);
          if (*where != '\0') source.where = where;
          if (std::string(key) != "id") source.key = {"shop", "id"};
          auto on = database.connect(odbc::purpose::read);
          const auto model = source::describe_model(on, source);
          const std::string printed =
              kind == product::sqlite ? "'2024-01-01 13:50:00'" : "2024-01-01 13:50:00";
          starting_point from{printed, {}};
          for (int i = 1; i <= 100; ++i) {
            const auto id = std::to_string(i * 17), shop = std::to_string(i * 17 % 3);
            from.keys.push_back(source.key.size() == 1 ? packed_id(id)
                                                       : packed_id(shop) + packed_id(id));
          }
          const auto parts = source::wanted_rows(kind, model, from);
          REQUIRE(parts.size() == 2);
          std::vector<std::string> statements{source::highest_value(kind, model, {}).text(),
                                              source::highest_value(kind, model, from).text()};
          source::select_statement select{.expressions = {"*"}, .relation = model.relation};
          for (const auto& text : source::texts_for(select, parts)) statements.push_back(text);
          for (const auto& statement : statements) {
            const auto plan = plan_of(on, statement);
            CAPTURE(statement.substr(0, 300));
            CAPTURE(plan);
            CHECK_FALSE(scans_everything(kind, plan));
          }
        }
      }
    }
  }
}

namespace {

/// Waits until every session has ended: PostgreSQL's tell only then what they have read.
void wait_for_sessions(const database_fixture& database) {
  if (database.kind() != product::postgresql) return;
  auto on = database.connect();
  while (on.query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                  "pid <> pg_backend_pid() AND backend_type = 'client backend'")[0][0] != "0") {
  }
}

}  // namespace

TEST_CASE("what a pass by cursor reads grows with what has changed and not with the table") {
  for (const auto kind : {product::postgresql, product::mariadb}) {
    CAPTURE(to_string(kind));
    const database_fixture database(kind);
    make_large_table(database, "id");
    const auto source = by_cursor(table_source(database, "t"), "at");
    std::optional<std::string> reached;
    {
      const auto reader = source::open_model("test", source, {});
      reader->begin({0}, {});
      reached = reader->reached();
    }
    database.run({"UPDATE t SET v = 'y', at = '2025-01-01' WHERE id % 500 = 0"});
    wait_for_sessions(database);
    const auto before = rows_read(database);
    std::size_t rows = 0;
    {
      const auto reader = source::open_model("test", source, {});
      starting_point from{reached, {}};
      for (int i = 1; i <= 50; ++i) from.keys.push_back(packed_id(std::to_string(i)));
      rows = ids(*reader, from).size();
    }
    // A hundred changed rows, fifty by key (one of them without a cursor). The last row of before
    // is one of the hundred.
    CHECK(rows == 150);
    wait_for_sessions(database);
    const auto read = rows_read(database) - before;
    CAPTURE(read);
    CHECK(read >= 150);
    CHECK(read < 5'000);
  }
}
