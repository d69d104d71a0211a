#include "runtime/net/places.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/broken_contract.hpp"

using namespace sluice::net;

namespace {

struct hall {
  places all{{.local = 2, .nodes = 1, .operators = 4, .observers = 2}};
  std::vector<std::shared_ptr<void>> kept;

  bool come(place_kind kind, const std::string& whose) {
    if (all.refusal(kind)) return false;
    kept.push_back(all.take(kind, whose));
    return true;
  }
};

}  // namespace

TEST_CASE_FIXTURE(hall, "no kind of client keeps another one out") {
  CHECK(come(place_kind::observers, "eve"));
  CHECK(come(place_kind::observers, "grafana"));
  CHECK_FALSE(come(place_kind::observers, "other"));
  CHECK(all.refusal(place_kind::observers) == "is one too many: 2 observers are connected");
  CHECK(come(place_kind::node, "b"));
  CHECK(come(place_kind::operators, "ci"));
  CHECK(come(place_kind::local, "4711"));
}

TEST_CASE_FIXTURE(hall, "whoever has the most makes room for whoever has fewer") {
  using crowd = std::optional<std::string>;
  for (int i = 0; i < 3; ++i) CHECK(come(place_kind::operators, "ci"));
  CHECK(come(place_kind::operators, "me"));
  CHECK(all.largest_crowd(place_kind::operators, "other") == crowd{"ci"});
  CHECK(all.largest_crowd(place_kind::operators, "me") == crowd{"ci"});
  CHECK(all.largest_crowd(place_kind::operators, "ci") == std::nullopt);
  kept.erase(kept.begin());
  // Two and two would be one and three: nothing is won.
  CHECK(all.largest_crowd(place_kind::operators, "me") == std::nullopt);
  CHECK(all.largest_crowd(place_kind::operators, "other") == crowd{"ci"});
  CHECK(all.largest_crowd(place_kind::observers, "other") == std::nullopt);
}

TEST_CASE_FIXTURE(hall, "where everybody has one place nobody has to go") {
  CHECK(come(place_kind::observers, "a"));
  CHECK(come(place_kind::observers, "b"));
  CHECK(all.largest_crowd(place_kind::observers, "c") == std::nullopt);
}

TEST_CASE_FIXTURE(hall, "a place that is left is given again") {
  CHECK(come(place_kind::node, "b"));
  CHECK_FALSE(come(place_kind::node, "c"));
  kept.clear();
  CHECK(come(place_kind::node, "c"));
}

TEST_CASE("a place that is not free cannot be taken") {
  places all({.local = 1});
  const auto first = all.take(place_kind::local, "pid 1");
  REQUIRE(all.refusal(place_kind::local));
  CHECK(sluice::test::broken_contract([&] { return all.take(place_kind::local, "pid 2"); }) ==
        "take a client: expected a free place");
}
