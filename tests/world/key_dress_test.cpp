// The world's reckoning of which keys are one row, against the engine's.
#include "tests/world/key_dress.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/diff/row_identity.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("keys are one row to the engine exactly where the world says so") {
  using enum key_family;
  using enum telling_apart;
  const std::vector<std::pair<key_family, telling_apart>> all{
      {numbers, by_number},  {numbers, by_text}, {uuids, by_uuid},        {uuids, by_text},
      {moments, by_instant}, {names, by_text},   {names, without_blanks}, {names, folded}};
  for (const auto& [family, how] : all) {
    diff::row_identity engine(rule_of(how));
    std::map<std::string, std::string> engine_of, world_of;
    for (unsigned dress = 0; dress < dresses(family); ++dress)
      for (long id = 0; id < 20; ++id)
        for (unsigned variant = 0; variant < 12; ++variant) {
          const auto written = write_key(family, dress, id, variant);
          CAPTURE(written);
          std::string key;
          append_value(key, kind_of(family, dress), written);
          const std::string told(engine.of(key));
          const auto row = row_of_key(how, key);
          CHECK(engine_of.emplace(row, told).first->second == told);
          CHECK(world_of.emplace(told, row).first->second == row);
        }
    CHECK(engine_of.size() >= 20);
  }
}

TEST_CASE("a twin has the key of its id") {
  CHECK(write_key(key_family::numbers, 0, 7, 0) == write_key(key_family::numbers, 0, twins + 7, 0));
  CHECK(row_named(telling_apart::by_number, write_key(key_family::numbers, 3, 7, 3)) ==
        row_named(telling_apart::by_number, write_key(key_family::numbers, 1, twins + 7, 2)));
}
