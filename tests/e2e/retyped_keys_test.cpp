// Keys that are written otherwise, or whose column gets another type, from every database into
// every database, driven by the real binary: a key that the destination takes for the same is the
// same row, and no row that the source has is ever deleted.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/node_fixture.hpp"
#include "tests/support/database_fixture.hpp"

using namespace sluice;
using nlohmann::json;
using odbc::product;

namespace {

constexpr auto pg = product::postgresql;
constexpr auto maria = product::mariadb;
constexpr auto lite = product::sqlite;

/// A source whose key changes, and the target's column.
struct change {
  product source;
  const char* type;    ///< of the source's key before
  const char* keys;    ///< SQL of three of them, or fewer, separated by blanks
  const char* sql;     ///< what changes the table `$`
  const char* column;  ///< type of the target's key
};

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// A node that mirrors the table `s<n>` of its source into `t<n>`, for each change.
class mirrors {
 public:
  mirrors(product target, std::vector<change> changes)
      : target_(target), changes_(std::move(changes)) {
    for (std::size_t n = 0; n < changes_.size(); ++n) {
      const auto& c = changes_[n];
      source(n).run({"CREATE TABLE " + table('s', n) + "(k " + c.type + " PRIMARY KEY, v INT)"});
      int v = 0;
      for (const auto& key : words(c.keys))
        source(n).run({"INSERT INTO " + table('s', n) + " VALUES (" + key + ", " +
                       std::to_string(++v) + ")"});
      target_.run({"CREATE TABLE " + table('t', n) + "(k " + c.column + " PRIMARY KEY, v INT)"});
      node_.connection(
          "m" + std::to_string(n),
          {{"source",
            {{"odbc", source(n).connection_string()}, {"table", table('s', n)}, {"key", {"k"}}}},
           {"mode", "mirror"},
           {"max_delete_percent", 100},
           {"destination",
            {{"kind", "odbc"}, {"odbc", target_.connection_string()}, {"table", table('t', n)}}}});
    }
    node_.start();
    for (std::size_t n = 0; n < changes_.size(); ++n) sync(n);
  }

  json sync(std::size_t n, int exit_code = 0) {
    return node_.sync("m" + std::to_string(n), {}, exit_code);
  }
  void run(std::size_t n, std::string sql) {
    while (sql.find('$') != std::string::npos) sql.replace(sql.find('$'), 1, table('s', n));
    source(n).run({sql});
  }
  /// The target's values of `v`, which name the source's rows.
  [[nodiscard]] std::vector<std::string> rows(std::size_t n) const {
    std::vector<std::string> found;
    for (const auto& row :
         target_.connect().query("SELECT v FROM " + table('t', n) + " ORDER BY v"))
      found.push_back(row[0].value_or("NULL"));
    return found;
  }
  [[nodiscard]] std::vector<std::string> keys(std::size_t n) const {
    std::vector<std::string> found;
    for (const auto& row :
         target_.connect().query("SELECT k FROM " + table('t', n) + " ORDER BY v"))
      found.push_back(row[0].value_or("NULL"));
    return found;
  }
  void end() { CHECK(node_.terminate() == 0); }

 private:
  static std::string table(char what, std::size_t n) { return what + std::to_string(n); }
  [[nodiscard]] const test::database_fixture& source(std::size_t n) const {
    const auto kind = changes_[n].source;
    return kind == pg ? postgresql_ : kind == maria ? mariadb_ : sqlite_;
  }

  test::database_fixture postgresql_{pg};
  test::database_fixture mariadb_{maria};
  test::database_fixture sqlite_{lite};
  test::database_fixture target_;
  std::vector<change> changes_;
  test::node_fixture node_;
};

void expect_same_rows(product target, const std::vector<change>& changes) {
  mirrors all(target, changes);
  for (std::size_t n = 0; n < changes.size(); ++n) {
    CAPTURE(to_string(target));
    CAPTURE(changes[n].column);
    CAPTURE(changes[n].sql);
    const auto before = all.rows(n);
    all.run(n, changes[n].sql);
    const auto run = all.sync(n);
    CHECK(run["inserts"] == 0);
    CHECK(run["deletes"] == 0);
    CHECK(run["delivered"] == run["updates"]);
    CHECK(all.rows(n) == before);
    CHECK(all.sync(n)["unchanged"] == before.size());
    // Under its new name a row is changed, and removed.
    all.run(n, "UPDATE $ SET v = 9 WHERE v = 2");
    all.run(n, "DELETE FROM $ WHERE v = 1");
    const auto last = all.sync(n);
    CHECK(last["inserts"] == 0);
    CHECK(last["updates"] == 1);
    CHECK(last["deletes"] == 1);
    auto left = before;
    left.erase(left.begin());
    left.erase(left.begin());
    left.emplace_back("9");
    CHECK(all.rows(n) == left);
  }
  all.end();
}

void expect_other_rows(product target, const std::vector<change>& changes,
                       const std::vector<std::string>& keys) {
  mirrors all(target, changes);
  for (std::size_t n = 0; n < changes.size(); ++n) {
    CAPTURE(to_string(target));
    CAPTURE(changes[n].column);
    CAPTURE(changes[n].sql);
    all.run(n, changes[n].sql);
    const auto run = all.sync(n);
    CHECK(run["inserts"] == 1);
    CHECK(run["deletes"] == 1);
    CHECK(all.keys(n) == words(keys[n]));
    CHECK(all.sync(n)["delivered"] == 0);
  }
  all.end();
}

constexpr auto integers = "5 -7 1000";

}  // namespace

TEST_CASE("a key that changes its type or its spelling keeps its row in PostgreSQL") {
  expect_same_rows(
      pg,
      {{pg, "int", integers, "ALTER TABLE $ ALTER k TYPE numeric(12,2)", "numeric(12,2)"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE numeric(12,2)", "bigint"},
       {pg, "numeric(12,2)", integers, "ALTER TABLE $ ALTER k TYPE numeric(12,4)", "numeric"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE text", "bigint"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE text", "text"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE float8", "double precision"},
       {pg, "float8", "0 7 1e3", "UPDATE $ SET k = '-0' WHERE v = 1", "double precision"},
       {pg, "text", "'5' '-7' '1000'", "UPDATE $ SET k = '-7.00' WHERE v = 2", "numeric(12,2)"},
       {pg, "varchar(5)", "'ab' 'abcde' 'x'", "ALTER TABLE $ ALTER k TYPE char(5)", "char(5)"},
       {pg, "text", "'ab' 'abcd' 'x'", "UPDATE $ SET k = k || ' '", "char(5)"},
       {pg, "uuid", "'0000000a-0000-0000-0000-000000000000' '0000000b-0000-0000-0000-000000000000'",
        "ALTER TABLE $ ALTER k TYPE text USING upper(k::text)", "uuid"},
       {pg, "date", "'2024-01-05' '2024-02-29' '1999-12-31'",
        "ALTER TABLE $ ALTER k TYPE timestamp", "timestamp"},
       {pg, "timestamp(0)", "'2024-01-05' '2024-02-29' '1999-12-31'",
        "ALTER TABLE $ ALTER k TYPE timestamp(6)", "timestamp"},
       {pg, "boolean", "true false", "ALTER TABLE $ ALTER k TYPE int USING k::int", "int"},
       {maria, "INT", integers, "ALTER TABLE $ MODIFY k DECIMAL(12,2)", "numeric(12,2)"},
       {maria, "VARCHAR(5)", "'ab' 'abcde' 'x'", "ALTER TABLE $ MODIFY k CHAR(5)", "text"},
       {maria, "TINYINT(1)", "1 0", "ALTER TABLE $ MODIFY k INT", "int"},
       {lite, "", integers, "UPDATE $ SET k = CAST(k AS TEXT)", "bigint"}});
}

TEST_CASE("a key that changes its type or its spelling keeps its row in MariaDB") {
  expect_same_rows(
      maria,
      {{pg, "int", integers, "ALTER TABLE $ ALTER k TYPE numeric(12,2)", "DECIMAL(12,2)"},
       {pg, "numeric(12,2)", integers, "ALTER TABLE $ ALTER k TYPE numeric(12,4)", "DECIMAL(12,4)"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE text", "BIGINT"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE text", "VARCHAR(20)"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE float8", "DOUBLE"},
       {pg, "float8", "0 7 1e3", "UPDATE $ SET k = '-0' WHERE v = 1", "DOUBLE"},
       {pg, "text", "'5' '-7' '1000'", "UPDATE $ SET k = '-7.00' WHERE v = 2", "DECIMAL(12,2)"},
       {pg, "varchar(5)", "'ab' 'abcde' 'x'", "ALTER TABLE $ ALTER k TYPE char(5)", "CHAR(5)"},
       {pg, "text", "'ab' 'abcd' 'x'", "UPDATE $ SET k = k || ' '", "CHAR(5)"},
       {pg, "date", "'2024-01-05' '2024-02-29' '1999-12-31'",
        "ALTER TABLE $ ALTER k TYPE timestamp(0)", "DATETIME"},
       {pg, "boolean", "true false", "ALTER TABLE $ ALTER k TYPE int USING k::int", "TINYINT"},
       {maria, "INT", integers, "ALTER TABLE $ MODIFY k DECIMAL(12,2)", "BIGINT"},
       {maria, "INT", integers, "ALTER TABLE $ MODIFY k VARCHAR(20)", "BIGINT"},
       {lite, "", integers, "UPDATE $ SET k = CAST(k AS TEXT)", "BIGINT"}});
}

TEST_CASE("a key that changes its type or its spelling keeps its row in SQLite") {
  expect_same_rows(
      lite,
      {{pg, "int", integers, "ALTER TABLE $ ALTER k TYPE numeric(12,2)", "NUMERIC"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE text", "INTEGER"},
       {pg, "int", integers, "ALTER TABLE $ ALTER k TYPE text", "TEXT"},
       {pg, "numeric(12,2)", integers, "ALTER TABLE $ ALTER k TYPE numeric(12,4)", "REAL"},
       {pg, "boolean", "true false", "ALTER TABLE $ ALTER k TYPE int USING k::int", "INTEGER"},
       {maria, "INT", integers, "ALTER TABLE $ MODIFY k DECIMAL(12,2)", "INTEGER"},
       {lite, "", integers, "UPDATE $ SET k = CAST(k AS TEXT)", "INTEGER"},
       {lite, "", integers, "UPDATE $ SET k = CAST(k AS TEXT)", "TEXT"}});
}

TEST_CASE("a key that means another row at the destination is another row") {
  const change zeros{pg, "text", "'5' 'x'", "UPDATE $ SET k = '05' WHERE v = 1", "text"};
  const change scale{pg, "text", "'5' 'x'", "UPDATE $ SET k = '5.00' WHERE v = 1", "text"};
  const change upper{pg, "text", "'ab' 'x'", "UPDATE $ SET k = 'AB' WHERE v = 1", "text"};
  expect_other_rows(pg, {zeros, scale, upper}, {"05 x", "5.00 x", "AB x"});
  auto in_maria = [](change c, const char* column) {
    c.column = column;
    return c;
  };
  expect_other_rows(maria,
                    {in_maria(zeros, "VARCHAR(20)"), in_maria(scale, "VARCHAR(20)"),
                     in_maria(upper, "VARCHAR(20) COLLATE utf8mb4_bin"),
                     in_maria(upper, "VARCHAR(20) COLLATE utf8mb4_general_ci")},
                    {"05 x", "5.00 x", "AB x", "AB x"});
  expect_other_rows(lite, {zeros, scale, upper}, {"05 x", "5.00 x", "AB x"});
}

TEST_CASE("a spelling that a column of numbers does not read is rejected, and its row stays") {
  for (const auto& [target, column] :
       {std::pair{pg, "bigint"}, {maria, "BIGINT"}, {lite, "INTEGER"}})
    for (const auto* spelling : {"'05'", "'5e0'"}) {
      CAPTURE(to_string(target));
      CAPTURE(spelling);
      mirrors one(target, {{pg, "text", "'5' '-7'", "", column}});
      one.run(0, std::string("UPDATE $ SET v = 3, k = ") + spelling + " WHERE v = 1");
      constexpr int with_rejections = 7;
      const auto run = one.sync(0, with_rejections);
      CHECK(run["rejected"] == 1);
      CHECK(run["deletes"] == 0);
      CHECK(one.rows(0) == std::vector<std::string>{"1", "2"});
      one.end();
    }
}
