#include "actors/cluster/gathering.hpp"

#include <doctest/doctest.h>

using sluice::actors::gathering;

TEST_CASE("what is gathered is done once, with the last answer") {
  int done = 0;
  const auto all = gathering<int>::begin([&](int& found) { done = found; });
  all->expect();
  all->expect();
  all->all_asked();
  all->found += 1;
  all->arrived();
  CHECK(done == 0);
  all->found += 2;
  all->arrived();
  CHECK(done == 3);
}

TEST_CASE("answers that are there before everybody was asked do not end it") {
  int times = 0;
  const auto all = gathering<int>::begin([&](int&) { ++times; });
  all->expect();
  all->arrived();
  all->expect();
  all->arrived();
  CHECK(times == 0);
  all->all_asked();
  CHECK(times == 1);
}

TEST_CASE("where nobody is asked it is done at once") {
  bool done = false;
  gathering<int>::begin([&](int&) { done = true; })->all_asked();
  CHECK(done);
}
