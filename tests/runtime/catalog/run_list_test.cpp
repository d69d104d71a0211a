// Which runs of a connection match, page by page, with those that have not ended among them.
#include <doctest/doctest.h>

#include "tests/runtime/catalog/catalog_fixture.hpp"

using namespace sluice;
using test::at_second;
using test::catalog_fixture;

namespace {

/// Runs 1 to 9 of `customers`: every third one was skipped, the others succeeded but for the fifth;
/// the even ones were incremental, the first three asked for over an API. And one of `orders`.
struct run_list_fixture : catalog_fixture {
  run_list_fixture() {
    for (int i = 1; i <= 9; ++i) {
      auto run = new_run(i);
      run.type = i % 2 == 0 ? run_type::incremental : run_type::full;
      run.trigger = i <= 3 ? run_trigger::api : run_trigger::schedule;
      if (i % 3 == 0) {
        store.skip_run(ended(run, run_state::skipped), memory_of());
        continue;
      }
      store.open_run(run, memory_of());
      store.close_run(ended(run, i == 5 ? run_state::failed : run_state::succeeded), memory_of(),
                      settled_rows::none);
    }
    store.open_run(new_run(1, "orders"), memory_of("orders"));
  }

  /// The numbers of the runs that are listed.
  std::vector<int> listed(run_query which, const std::vector<run_record>& present = {}) {
    if (which.limit == 0) which.limit = 100;
    std::vector<int> numbers;
    for (const auto& run : store.list_runs("customers", which, present).runs)
      numbers.push_back(std::stoi(run.run.text().substr(4)));
    return numbers;
  }
  std::uint64_t total(run_query which, const std::vector<run_record>& present = {}) {
    which.count = true;
    return store.list_runs("customers", which, present).total.value();
  }
  static run_record in_state(int number, run_state state) {
    auto run = new_run(number);
    run.state = state;
    return run;
  }

  catalog::catalog store = open();
};

using numbers = std::vector<int>;

}  // namespace

TEST_CASE_FIXTURE(run_list_fixture, "without conditions all runs of the connection are listed") {
  CHECK(listed({}) == numbers{9, 8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(total({}) == 9);
  CHECK_FALSE(store.list_runs("customers", {.limit = 5}).total);
}

TEST_CASE_FIXTURE(run_list_fixture, "every condition leaves out what does not meet it") {
  CHECK(listed({.states = {run_state::failed}}) == numbers{5});
  CHECK(listed({.states = {run_state::failed, run_state::skipped}}) == numbers{9, 6, 5, 3});
  CHECK(listed({.states = choice<run_state>::without(run_state::skipped)}) ==
        numbers{8, 7, 5, 4, 2, 1});
  CHECK(listed({.states = {run_state::interrupted}}).empty());
  CHECK(listed({.types = {run_type::incremental}}) == numbers{8, 6, 4, 2});
  CHECK(listed({.triggers = {run_trigger::api}}) == numbers{3, 2, 1});
  CHECK(listed({.triggers = {run_trigger::manual}}).empty());
}

TEST_CASE_FIXTURE(run_list_fixture, "the times of a start are exclusive on both sides") {
  CHECK(listed({.started_after = at_second(6)}) == numbers{9, 8, 7});
  CHECK(listed({.started_before = at_second(3)}) == numbers{2, 1});
  CHECK(listed({.started_after = at_second(3), .started_before = at_second(5)}) == numbers{4});
  CHECK(listed({.started_after = at_second(4), .started_before = at_second(5)}).empty());
}

TEST_CASE_FIXTURE(run_list_fixture, "conditions hold together, and with the page") {
  const run_query which{.states = choice<run_state>::without(run_state::skipped),
                        .types = {run_type::incremental},
                        .started_before = at_second(8)};
  CHECK(listed(which) == numbers{4, 2});
  CHECK(total(which) == 2);
  auto second = which;
  second.limit = 1;
  second.offset = 1;
  CHECK(listed(second) == numbers{2});
  CHECK(total(second) == 2);
}

TEST_CASE_FIXTURE(run_list_fixture, "the total does not depend on the page") {
  CHECK(total({.limit = 2, .before = new_run(4).run}) == 9);
  CHECK(total({.limit = 0, .offset = 100}) == 9);
  CHECK(total({.states = {run_state::skipped}}) == 3);
}

TEST_CASE_FIXTURE(run_list_fixture, "pages by number list each run once, whatever their size") {
  const std::vector present{in_state(10, run_state::running), in_state(12, run_state::postponed)};
  store.skip_run(ended(new_run(11), run_state::skipped), memory_of());
  const numbers all{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  for (std::uint32_t size = 1; size <= 13; ++size) {
    CAPTURE(size);
    numbers paged;
    for (std::uint64_t page = 0; page * size < 15; ++page)
      for (const auto number : listed({.limit = size, .offset = page * size}, present))
        paged.push_back(number);
    CHECK(paged == all);
  }
  CHECK(listed({.offset = ~std::uint64_t{0}}, present).empty());
}

TEST_CASE_FIXTURE(run_list_fixture, "pages before a run list each run once") {
  const std::vector present{in_state(10, run_state::running), in_state(12, run_state::postponed)};
  store.skip_run(ended(new_run(11), run_state::skipped), memory_of());
  for (std::uint32_t size = 1; size <= 13; ++size) {
    numbers paged;
    run_query which{.limit = size};
    for (;;) {
      const auto page = store.list_runs("customers", which, present).runs;
      if (page.empty()) break;
      for (const auto& run : page) paged.push_back(std::stoi(run.run.text().substr(4)));
      which.before = page.back().run;
    }
    CHECK(paged == numbers{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
  }
}

TEST_CASE_FIXTURE(run_list_fixture, "a run that goes on is found by what it is now") {
  // As the catalog has it, it runs; it drains by now.
  store.open_run(new_run(10), memory_of());
  const std::vector present{in_state(10, run_state::draining), in_state(11, run_state::postponed)};
  CHECK(listed({.states = {run_state::draining}}, present) == numbers{10});
  CHECK(listed({.states = {run_state::postponed}}, present) == numbers{11});
  CHECK(listed({.states = {run_state::running}}, present).empty());
  CHECK(total({.states = {run_state::draining, run_state::postponed}}, present) == 2);
  CHECK(listed({.limit = 3}, present) == numbers{11, 10, 9});
}

TEST_CASE_FIXTURE(run_list_fixture, "a run that is present and recorded is listed once") {
  store.open_run(new_run(10), memory_of());
  const auto over = ended(new_run(10));
  store.close_run(over, memory_of(), settled_rows::none);
  CHECK(listed({.limit = 2}, {in_state(10, run_state::draining)}) == numbers{10, 9});
  CHECK(listed({.limit = 1, .states = {run_state::succeeded}},
               {in_state(10, run_state::draining)}) == numbers{8});
}

TEST_CASE_FIXTURE(run_list_fixture, "a run that nobody tells of is listed as it is recorded") {
  store.open_run(new_run(10), memory_of());
  CHECK(listed({.states = {run_state::running}}) == numbers{10});
}
