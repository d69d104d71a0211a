#include "runtime/net/places.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace sluice::net;

namespace {

struct hall {
  places all{{.local = 2, .nodes = 1, .operators = 4, .observers = 2, .share = 3}};
  std::vector<std::shared_ptr<void>> kept;

  bool come(place_kind kind, const std::string& whose) {
    if (all.refusal(kind, whose)) return false;
    kept.push_back(all.take(kind, whose));
    return true;
  }
};

}  // namespace

TEST_CASE_FIXTURE(hall, "no kind of client keeps another one out") {
  CHECK(come(place_kind::observers, "eve"));
  CHECK(come(place_kind::observers, "grafana"));
  CHECK_FALSE(come(place_kind::observers, "other"));
  CHECK(all.refusal(place_kind::observers, "other") ==
        "is one too many: 2 observers are connected");
  CHECK(come(place_kind::node, "b"));
  CHECK(come(place_kind::operators, "ci"));
  CHECK(come(place_kind::local, "4711"));
}

TEST_CASE_FIXTURE(hall, "one certificate has its share of the places and no more") {
  for (int i = 0; i < 3; ++i) CHECK(come(place_kind::operators, "ci"));
  CHECK_FALSE(come(place_kind::operators, "ci"));
  CHECK(all.refusal(place_kind::operators, "ci") == "is one too many: it has 3 connections");
  CHECK(come(place_kind::operators, "me"));
}

TEST_CASE_FIXTURE(hall, "a place that is left is given again") {
  CHECK(come(place_kind::node, "b"));
  CHECK_FALSE(come(place_kind::node, "c"));
  kept.clear();
  CHECK(come(place_kind::node, "c"));
}
