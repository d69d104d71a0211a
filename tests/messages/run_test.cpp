#include "messages/run.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("every run state has a word that reads back as itself") {
  for (int i = 0; i <= static_cast<int>(run_state::skipped); ++i) {
    const auto state = static_cast<run_state>(i);
    CHECK(parse<run_state>(to_string(state)) == state);
  }
  CHECK_FALSE(parse<run_state>("nonsense"));
}

TEST_CASE("a run has ended unless it is postponed, running or draining") {
  CHECK_FALSE(has_ended(run_state::postponed));
  CHECK_FALSE(has_ended(run_state::running));
  CHECK_FALSE(has_ended(run_state::draining));
  CHECK(has_ended(run_state::succeeded));
  CHECK(has_ended(run_state::stopped));
  CHECK(has_ended(run_state::failed));
  CHECK(has_ended(run_state::interrupted));
  CHECK(has_ended(run_state::skipped));
}

TEST_CASE("every mode has a word that reads back as itself") {
  for (int i = 0; i <= static_cast<int>(sync_mode::append); ++i) {
    const auto mode = static_cast<sync_mode>(i);
    CHECK(parse<sync_mode>(to_string(mode)) == mode);
  }
  CHECK_FALSE(parse<sync_mode>("merge"));
}
