#include "tests/bench/customers.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "messages/timestamp.hpp"
#include "tests/bench/figures.hpp"

namespace sluice::bench {
namespace {

constexpr const char* table =
    "CREATE TABLE customers(id BIGINT PRIMARY KEY, email VARCHAR(100) NOT NULL, name VARCHAR(100), "
    "city VARCHAR(50), balance NUMERIC(12,2), visits INT, updated_at {})";

std::string table_sql(odbc::product kind) {
  return fmt::format(fmt::runtime(table),
                     kind == odbc::product::mariadb ? "DATETIME" : "TIMESTAMP");
}

}  // namespace

void make_empty_customers(const test::database_fixture& db) { db.run({table_sql(db.kind())}); }

void make_customers(const test::database_fixture& db, std::uint64_t rows) {
  make_empty_customers(db);
  switch (db.kind()) {
    case odbc::product::postgresql:
      db.run({fmt::format("INSERT INTO customers SELECT i, 'customer.' || i || '@example.com', "
                          "'Customer Number ' || i, 'City of ' || i % 1000, i * 0.25, i % 500, "
                          "TIMESTAMP '2026-01-01' + i * INTERVAL '1 second' "
                          "FROM generate_series(1, {}) AS s(i)",
                          rows),
              "VACUUM ANALYZE customers", "CHECKPOINT"});
      break;
    case odbc::product::mariadb:
      db.run({fmt::format("INSERT INTO customers SELECT seq, CONCAT('customer.', seq, "
                          "'@example.com'), CONCAT('Customer Number ', seq), "
                          "CONCAT('City of ', seq % 1000), seq * 0.25, seq % 500, "
                          "TIMESTAMP '2026-01-01 00:00:00' + INTERVAL seq SECOND FROM seq_1_to_{}",
                          rows),
              "ANALYZE TABLE customers"});
      break;
    default:
      db.run({fmt::format("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
                          "WHERE i < {}) INSERT INTO customers SELECT i, 'customer.' || i || "
                          "'@example.com', 'Customer Number ' || i, 'City of ' || i % 1000, "
                          "i * 0.25, i % 500, datetime('2026-01-01', i || ' seconds') FROM s",
                          rows),
              "PRAGMA wal_checkpoint(TRUNCATE)"});
  }
}

nlohmann::json to_file(const test::database_fixture& from) {
  return {{"source", {{"odbc", from.connection_string()}, {"table", "customers"}, {"key", {"id"}}}},
          {"mode", "mirror"},
          {"destination", {{"kind", "jsonl"}, {"path", "../customers.jsonl"}}}};
}

nlohmann::json to_table(const test::database_fixture& from, const test::database_fixture& to) {
  auto config = to_file(from);
  config["destination"] = {
      {"kind", "odbc"}, {"odbc", to.connection_string()}, {"table", "customers"}};
  return config;
}

double bare_read_seconds(const test::database_fixture& from, const read_way& way) {
  return seconds([&] {
    CHECK(read_all(from.connection_string(), way, [](const row_block&) {}) == sample_rows());
  });
}

read_way fastest_way(const test::database_fixture& from) {
  std::optional<read_way> best;
  double best_time = 0;
  const auto ways = ways_to_read(from.kind());
  bare_read_seconds(from, ways.front());
  for (const auto& way : ways) {
    const auto time = std::min(bare_read_seconds(from, way), bare_read_seconds(from, way));
    fmt::print("  bare read of {}, {}: {}\n", to_string(from.kind()), way.name,
               rate(static_cast<double>(sample_rows()), time));
    if (best && best_time <= time) continue;
    best = way;
    best_time = time;
  }
  return *best;
}

double milliseconds(const nlohmann::json& run, const char* from, const char* to) {
  const auto at = [&](const char* field) {
    return parse_timestamp(run.at(field).get<std::string>())->time_since_epoch().count();
  };
  return static_cast<double>(at(to) - at(from));
}

double run_seconds(const nlohmann::json& run) {
  return milliseconds(run, "started_at", "finished_at") / 1e3;
}

}  // namespace sluice::bench
