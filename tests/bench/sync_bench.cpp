// Whole syncs of the real binary against bare loops over the same drivers.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/bench/bare_loop.hpp"
#include "tests/bench/customers.hpp"
#include "tests/bench/figures.hpp"
#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace sluice::bench;

namespace {

void incremental(odbc::product kind) {
  const auto rows = sample_rows();
  const test::database_fixture source(kind);
  make_customers(source, rows);
  test::node_fixture node;
  node.connection("customers", to_file(source));
  node.start();
  CHECK(node.sync("customers")["delivered"] == rows);

  const auto way = fastest_way(source);
  std::vector<double> ours, theirs;
  for (int i = 0; i < pairs; ++i) {
    theirs.push_back(bare_read_seconds(source, way));
    const auto run = node.sync("customers");
    CHECK(run["unchanged"] == rows);
    ours.push_back(run_seconds(run));
  }
  add_ratio(fmt::format("incremental sync, nothing changed, {}", to_string(kind)),
            static_cast<double>(rows), ours, "bare read, " + way.name, theirs, 0.8);
  CHECK(node.terminate() == 0);
}

}  // namespace

TEST_CASE("incremental PostgreSQL") { incremental(odbc::product::postgresql); }
TEST_CASE("incremental MariaDB") { incremental(odbc::product::mariadb); }
TEST_CASE("incremental SQLite") { incremental(odbc::product::sqlite); }

TEST_CASE("full table") {
  const auto rows = sample_rows();
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, rows);
  auto way = ways_to_read(odbc::product::postgresql).front();
  way.rowset = 1000;
  std::vector<double> ours, theirs;
  for (int i = 0; i < 3; ++i) {
    {
      const test::database_fixture target(odbc::product::postgresql);
      make_empty_customers(target);
      theirs.push_back(seconds([&] {
        bare_upsert upsert(target.connection_string());
        read_all(source.connection_string(), way, [&](const row_block& b) { upsert.write(b); });
        upsert.commit();
      }));
    }
    const test::database_fixture target(odbc::product::postgresql);
    make_empty_customers(target);
    test::node_fixture node;
    node.connection("customers", to_table(source, target));
    node.start();
    const auto run = node.sync("customers");
    CHECK(run["delivered"] == rows);
    ours.push_back(run_seconds(run));
    CHECK(node.terminate() == 0);
  }
  add_ratio("full sync, PostgreSQL to PostgreSQL", static_cast<double>(rows), ours,
            "bare read and upsert, one transaction", theirs, 0.8);
}

TEST_CASE("full file") {
  const auto rows = sample_rows();
  const test::database_fixture source(odbc::product::postgresql);
  make_customers(source, rows);
  const auto way = fastest_way(source);
  std::vector<double> ours, theirs;
  for (int i = 0; i < 3; ++i) {
    theirs.push_back(bare_read_seconds(source, way));
    test::node_fixture node;
    node.connection("customers", to_file(source));
    node.start();
    const auto run = node.sync("customers");
    CHECK(run["delivered"] == rows);
    ours.push_back(run_seconds(run));
    CHECK(node.terminate() == 0);
  }
  add_ratio("full sync, PostgreSQL to a JSON Lines file", static_cast<double>(rows), ours,
            "bare read, " + way.name, theirs, 0.6);
}
