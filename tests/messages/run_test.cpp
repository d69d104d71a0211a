#include "messages/run.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE(
    "a run that left rows behind succeeded for scripts and completed with failures for people") {
  run_record run;
  run.state = run_state::succeeded;
  CHECK(outcome_of(run) == "succeeded");
  CHECK(state_in_words(run) == "succeeded");
  for (auto* const left : {&run.counters.rejected, &run.counters.invalid}) {
    run.counters = {};
    *left = 1;
    CHECK(outcome_of(run) == "with_rejections");
    CHECK(state_in_words(run) == "completed, with failures");
  }
  for (const auto ended : {run_state::failed, run_state::stopped, run_state::interrupted}) {
    run.state = ended;
    CHECK(outcome_of(run) == to_string(ended));
    CHECK(state_in_words(run) == to_string(ended));
  }
  for (const auto active : {run_state::postponed, run_state::running, run_state::draining}) {
    run.state = active;
    CHECK(outcome_of(run) == std::nullopt);
    CHECK(state_in_words(run) == to_string(active));
  }
}

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
