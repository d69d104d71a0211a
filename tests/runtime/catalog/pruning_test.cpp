// What the catalog forgets with time, and what it never does.
#include "runtime/catalog/pruning.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "messages/error.hpp"
#include "runtime/catalog/catalog.hpp"
#include "runtime/rowlog/row_log.hpp"
#include "tests/runtime/catalog/catalog_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::at_second;

namespace {

struct pruning_fixture : test::catalog_fixture {
  pruning_fixture() {
    bounds.keep.runs = 1h;
    bounds.keep.rejected = 2h;
    bounds.remove_files = [this](const auto& connection, const auto& run) {
      return rowlog::remove(dir.path(), connection, run);
    };
  }

  /// Records a run of one second that began at second `number`.
  static void record(catalog::catalog& store, int number, const connection_memory& memory,
                     run_state state = run_state::succeeded) {
    const auto run = new_run(number, memory.connection);
    store.open_run(run, memory);
    store.close_run(ended(run, state), memory, settled_rows::none);
  }
  static void record(catalog::catalog& store, int number,
                     const connection_name& connection = "customers") {
    record(store, number, memory_of(connection));
  }

  /// Lists a row as rejected by run `run` at second `second`.
  static void reject(catalog::catalog& store, int run, int id, int second,
                     const std::string& packed_key = "k") {
    rejected_row row;
    row.key = "{\"id\":" + std::to_string(id) + "}";
    row.operation = "insert";
    row.reason = "no";
    row.first_at = row.last_at = at_second(second);
    row.refused = refused_delta{operation::insert, {0, static_cast<std::uint64_t>(id)}, {1, 1}};
    row.packed_key = packed_key;
    store.record_rejected("customers", new_run(run).run, {row});
  }

  /// One whole round; returns its pieces.
  static int prune(catalog::catalog& store, timestamp now) {
    int pieces = 1;
    while (store.prune(now)) ++pieces;
    return pieces;
  }

  static std::vector<run_id> runs(catalog::catalog& store,
                                  const connection_name& connection = "customers") {
    std::vector<run_id> ids;
    for (const auto& run : store.list_runs(connection, {.limit = 1000}).runs)
      ids.push_back(run.run);
    return ids;
  }

  std::filesystem::path write_row_log(int number, const connection_name& connection = "customers") {
    const auto file = rowlog::file_of(dir.path(), connection, new_run(number).run);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << "{}\n";
    return file;
  }
};

run_id run_of(int number) { return pruning_fixture::new_run(number).run; }

}  // namespace

TEST_CASE_FIXTURE(pruning_fixture, "runs are forgotten when they ended too long ago") {
  auto store = open();
  for (const int i : {1, 2, 3}) record(store, i);
  prune(store, at_second(3) + 1h);  // the first ended at second 2
  CHECK(runs(store) == std::vector{run_of(3), run_of(2)});
  prune(store, at_second(3) + 1h + 1ms);
  CHECK(runs(store) == std::vector{run_of(3)});
}

TEST_CASE_FIXTURE(pruning_fixture,
                  "the last real run and one that has not ended stay however old they are") {
  auto store = open();
  record(store, 1);
  store.skip_run(ended(new_run(2), run_state::skipped), memory_of());
  store.open_run(new_run(3, "orders"), memory_of("orders"));
  const auto orders = new_run(4, "orders");
  store.skip_run(ended(orders, run_state::skipped), memory_of("orders"));
  prune(store, at_second(0) + 24h * 3650);
  CHECK(runs(store) == std::vector{run_of(1)});
  CHECK(runs(store, "orders") == std::vector{run_of(3)});
  CHECK(store.load_all().at(0).last_run->run == run_of(1));
}

TEST_CASE_FIXTURE(pruning_fixture,
                  "runs that ended are forgotten also where the connection never ran itself") {
  auto store = open();
  store.skip_run(ended(new_run(1), run_state::skipped), memory_of());
  prune(store, at_second(3) + 1h);
  CHECK(runs(store).empty());
}

TEST_CASE_FIXTURE(pruning_fixture, "of too many runs the oldest are forgotten") {
  bounds.keep.most_runs = 3;
  auto store = open();
  for (int i = 1; i <= 5; ++i) record(store, i);
  record(store, 1, "orders");
  CHECK(runs(store).size() == 5);  // never where a run begins or ends
  prune(store, at_second(6));
  CHECK(runs(store) == std::vector{run_of(5), run_of(4), run_of(3)});
  CHECK(runs(store, "orders").size() == 1);
}

TEST_CASE_FIXTURE(pruning_fixture, "a run recorded after the clock was set back is kept") {
  bounds.keep.most_runs = 2;
  auto store = open();
  for (const int i : {10, 11, 5}) record(store, i);
  prune(store, at_second(20));
  CHECK(store.find_run("customers", run_of(5)));
  CHECK(store.load_all().at(0).last_run->run == run_of(5));
}

TEST_CASE_FIXTURE(pruning_fixture, "a piece is bounded and others get between two of them") {
  auto store = open();
  constexpr int count = 2 * static_cast<int>(catalog::pruning::entries_at_a_time) + 10;
  for (int i = 1; i <= count; ++i)
    store.skip_run(ended(new_run(i), run_state::skipped), memory_of());
  const auto now = at_second(count) + 2h;
  const auto left = [&] {
    catalog::database db(dir.path() / "catalog.sqlite");
    return db.query("SELECT count(*) FROM runs").at(0).at(0).value();
  };
  CHECK(store.prune(now));
  CHECK(left() == "210");
  auto recent = new_run(count + 1);
  recent.started_at = now;
  store.open_run(recent, memory_of());
  CHECK(store.prune(now));
  CHECK(left() == "11");
  store.close_run(ended(recent), memory_of(), settled_rows::all);
  CHECK_FALSE(store.prune(now));
  CHECK(runs(store) == std::vector{recent.run});
}

TEST_CASE_FIXTURE(pruning_fixture, "a round visits every connection and the next one begins anew") {
  auto store = open();
  constexpr int connections = 2 * static_cast<int>(catalog::pruning::connections_at_a_time) + 1;
  const auto name = [](int i) { return connection_name("connection-" + std::to_string(100 + i)); };
  for (int i = 0; i < connections; ++i)
    for (const int run : {1, 2}) record(store, run, name(i));
  CHECK(prune(store, at_second(10)) == 3);
  CHECK(prune(store, at_second(10) + 1h) == 3);
  for (int i = 0; i < connections; ++i) CHECK(runs(store, name(i)) == std::vector{run_of(2)});
}

TEST_CASE_FIXTURE(pruning_fixture, "a run takes its row log with it, one that stays keeps it") {
  auto store = open();
  for (const int i : {1, 2}) record(store, i);
  const auto old_log = write_row_log(1);
  const auto last_log = write_row_log(2);
  prune(store, at_second(10) + 1h);
  CHECK_FALSE(std::filesystem::exists(old_log));
  CHECK(std::filesystem::exists(last_log));
}

TEST_CASE_FIXTURE(pruning_fixture,
                  "a row log that cannot be removed keeps its run, and only its connection's") {
  auto store = open();
  for (const auto* connection : {"a", "b", "c"})
    for (const int i : {1, 2, 3}) record(store, i, connection_name(connection));
  // Not a file: unlink refuses it whoever runs the test.
  const auto file = rowlog::file_of(dir.path(), "b", run_of(1));
  std::filesystem::create_directories(file);
  const auto now = at_second(10) + 1h;
  try {
    store.prune(now);
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.info().code == errc::catalog_failed);
    CHECK(e.info().object == file.string());
  }
  CHECK(runs(store, "a") == std::vector{run_of(3)});
  CHECK(runs(store, "b").size() == 3);
  prune(store, now);
  CHECK(runs(store, "c") == std::vector{run_of(3)});
  std::filesystem::remove(file);
  prune(store, now);
  CHECK(runs(store, "b") == std::vector{run_of(3)});
}

TEST_CASE_FIXTURE(pruning_fixture,
                  "rejected rows are forgotten when no run met them for too long") {
  auto store = open();
  record(store, 1);
  reject(store, 1, 1, 10);
  reject(store, 1, 2, 20);
  prune(store, at_second(10) + 2h);
  CHECK(store.list_rejected("customers", {.limit = 10}).rows.size() == 2);
  prune(store, at_second(11) + 2h);
  REQUIRE(store.list_rejected("customers", {.limit = 10}).rows.size() == 1);
  CHECK(store.list_rejected("customers", {.limit = 10}).rows[0].key == "{\"id\":2}");
}

TEST_CASE_FIXTURE(pruning_fixture,
                  "a rejected row that runs still meet stays, offered again or not") {
  auto store = open();
  store.open_run(new_run(1), memory_of());
  for (const int id : {1, 2, 3}) reject(store, 1, id, 10);
  auto later = new_run(2);
  later.started_at = at_second(0) + 2h;
  store.open_run(later, memory_of());
  reject(store, 2, 1, 7200);
  store.keep_refused("customers", later.run, {{operation::insert, {0, 2}, {1, 1}}});
  prune(store, at_second(20) + 2h);
  const auto left = store.list_rejected("customers", {.limit = 10}).rows;
  REQUIRE(left.size() == 2);
  CHECK(left[0].key == "{\"id\":1}");
  CHECK(left[1].key == "{\"id\":2}");
  CHECK(left[1].last_at == at_second(10));
}

TEST_CASE_FIXTURE(pruning_fixture, "rejected rows that a cursor has passed are never forgotten") {
  auto memory = memory_of();
  memory.read_to = checkpoint{"updated_at", "2026-01-31 09:00:00"};
  auto store = open();
  record(store, 1, memory);
  reject(store, 1, 1, 10);
  reject(store, 1, 2, 10, "");  // a NULL in its key: nobody can ask for it
  prune(store, at_second(0) + 24h * 3650);
  REQUIRE(store.list_rejected("customers", {.limit = 10}).rows.size() == 1);
  CHECK(store.list_rejected_keys("customers") == std::vector<std::string>{"k"});
}

TEST_CASE_FIXTURE(pruning_fixture, "many rejected rows are forgotten in pieces, too") {
  auto store = open();
  record(store, 1);
  constexpr int count = static_cast<int>(catalog::pruning::entries_at_a_time) + 1;
  for (int id = 1; id <= count; ++id) reject(store, 1, id, 10);
  CHECK(prune(store, at_second(20) + 2h) == 2);
  CHECK(store.list_rejected("customers", {.limit = 10}).rows.empty());
}

TEST_CASE_FIXTURE(pruning_fixture, "nothing is forgotten by a clock that was set back") {
  auto store = open();
  for (const int i : {1, 2}) record(store, i);
  reject(store, 2, 1, 10);
  prune(store, at_second(0) - 24h * 365);
  CHECK(runs(store).size() == 2);
  CHECK(store.list_rejected("customers", {.limit = 10}).rows.size() == 1);
}
