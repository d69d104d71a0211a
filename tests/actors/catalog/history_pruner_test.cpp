#include "actors/catalog/history_pruner.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "actors/catalog/catalog_keeper.hpp"
#include "runtime/rowlog/row_log.hpp"
#include "tests/runtime/catalog/catalog_fixture.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using actors::history_pruner_state;
using test::at_second;

namespace {

/// A catalog with skipped runs that are all too old, and a pruner that has not done anything yet.
struct pruner_fixture : test::catalog_fixture, test::actor_fixture {
  void begin(int skipped) {
    bounds.keep.runs = 1h;
    bounds.remove_files = [this](const auto& connection, const auto& run_id) {
      return rowlog::remove(dir.path(), connection, run_id);
    };
    auto store = std::make_unique<catalog::catalog>(dir.path(), at_second(0), bounds);
    for (int i = 1; i <= skipped; ++i)
      store->skip_run(ended(new_run(i), run_state::skipped), memory_of());
    catalog = system.spawn(actors::catalog_keeper,
                           std::make_shared<std::unique_ptr<catalog::catalog>>(std::move(store)));
    pruner = system.spawn(
        actors::history_pruner,
        actors::history_pruner_args{catalog, [this] { return now; }, log::logger({}, logged)});
  }
  ~pruner_fixture() {
    caf::anon_send_exit(pruner, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(catalog, caf::exit_reason::user_shutdown);
    run();
  }

  std::size_t runs_left() {
    std::size_t count = 0;
    run_id before;
    for (;;) {
      const auto page =
          ask<run_list>(catalog,
                        command::runs{"customers", {.limit = most_runs_listed, .before = before}},
                        std::vector<run_record>{})
              .get()
              .runs;
      if (page.empty()) return count;
      count += page.size();
      before = page.back().run;
    }
  }

  timestamp now = at_second(10'000) + 1h;
  std::ostringstream logged;
  catalog_actor catalog;
  history_pruner_actor pruner;
};

constexpr auto piece = catalog::pruning::entries_at_a_time;

}  // namespace

TEST_CASE_FIXTURE(pruner_fixture,
                  "old history goes piece by piece and the catalog answers others in between") {
  begin(3 * static_cast<int>(piece) - 1);
  run();  // time stands still: the first piece is done, the second not due
  CHECK(runs_left() == 2 * piece - 1);
  // Runs begin and end meanwhile.
  auto recent = new_run(9000);
  recent.started_at = now;
  CHECK(ask<bool>(catalog, open_atom_v, recent, memory_of(), start_once{}).get());
  advance(history_pruner_state::between_pieces);
  CHECK(runs_left() == piece);
  CHECK(ask<row_count>(catalog, close_atom_v, ended(recent), memory_of(),
                       settled_rows(settled_rows::all))
            .arrived);
  advance(history_pruner_state::between_pieces);
  CHECK(runs_left() == 1);
  advance(history_pruner_state::between_pieces);
  CHECK(logged.str().empty());
}

TEST_CASE_FIXTURE(pruner_fixture, "a command that waits in the mailbox gets its turn first") {
  begin(3 * static_cast<int>(piece));
  run();
  auto pending = send_request(catalog, command::runs{"customers", {.limit = most_runs_listed}},
                              std::vector<run_record>{});
  advance(history_pruner_state::between_pieces);
  CHECK(receive<run_list>(pending).get().runs.size() == 2 * piece);
}

TEST_CASE_FIXTURE(pruner_fixture, "what becomes old later goes with a later round") {
  begin(10);
  now = at_second(5);
  run();
  CHECK(runs_left() == 10);
  now = at_second(5) + 1h;
  advance(history_pruner_state::between_pieces);
  CHECK(runs_left() == 10);
  advance(history_pruner_state::between_rounds);
  CHECK(runs_left() == 7);
}

TEST_CASE_FIXTURE(pruner_fixture, "a catalog that cannot forget is a warning and tried again") {
  begin(2);
  const auto in_the_way = rowlog::file_of(dir.path(), "customers", new_run(1).run);
  std::filesystem::create_directories(in_the_way);
  run();
  CHECK(logged.str().find("remove row log '" + in_the_way.string() + "'") != std::string::npos);
  std::filesystem::remove(in_the_way);
  advance(history_pruner_state::between_rounds);
  advance(history_pruner_state::between_pieces);
  advance(history_pruner_state::between_rounds);
  CHECK(runs_left() == 0);
}
